import { existsSync } from 'node:fs'
import path from 'node:path'
import { fail, issuerOf, list, originsOf, portOf } from './environment.js'
import type { ScopeText } from './setting.js'

/** The folder of this project. Relative paths in settings start here. */
export const root = path.join(import.meta.dirname, '..')

// Variables that are already set take precedence over .env.
const envFile = path.join(root, '.env')
if (existsSync(envFile)) process.loadEnvFile(envFile)

/** The name of this provider on its pages. */
export const name = '{{name}}'

/** The scopes that clients may request, with the texts of the consent page. */
export const scopes: Readonly<Record<string, ScopeText>> = {
  profile: { title: 'See who you are', detail: 'Your user id and username.' },
  offline_access: {
    title: 'Keep this access',
    detail: 'Even while you are not using the application.',
  },
}

/**
 * The grant types that clients may use. The last one is for devices without a browser: without it,
 * the page `/oauth/device` does not exist.
 */
export const grants = [
  'authorization_code',
  'refresh_token',
  'client_credentials',
  'urn:ietf:params:oauth:grant-type:device_code',
]

/**
 * Whether every client must push its authorization requests to `/oauth/par` (RFC 9126). If not, each
 * client may, and one with `requirePushedAuthorizationRequests` must.
 */
export const requirePushedAuthorizationRequests = false

/** How long a request waits for the store, in milliseconds; after that, the response is a 503. */
export const storeTimeout = 5_000

/** When a client that registered itself and has no grants left is removed, in seconds after its last use. */
export const unusedClientsSeconds = 90 * 24 * 3600

/** Returns a setting from the environment or `.env`, or `fallback` if it is not set. */
export function setting(name: string, fallback: string): string {
  return process.env[name] || fallback
}

/** Returns the settings. Throws a `ConfigurationError` if one is wrong. */
export function readConfig() {
  const port = portOf(setting('PORT', '3000'))
  return {
    port,
    issuer: issuerOf(setting('ISSUER', '') || defaultIssuer(port)),
    sessionSecrets: [
      secret('SESSION_SECRET', setting('SESSION_SECRET', '')),
      ...list(setting('SESSION_SECRET_PREVIOUS', '')).map((text) =>
        secret('SESSION_SECRET_PREVIOUS', text),
      ),
    ],
    admin: setting('ADMIN_USERNAME', '') || undefined,
    origins: originsOf('BROWSER_ORIGINS', setting('BROWSER_ORIGINS', '')),
    logLevel: logLevelOf(setting('LOG_LEVEL', 'info')),
  }
}

function defaultIssuer(port: number): string {
  if (process.env['NODE_ENV'] === 'production') {
    fail(
      'ISSUER must be set in production: the https URL of this provider for browsers and clients',
    )
  }
  if (port === 0) fail('PORT is 0, so ISSUER must be set')
  return `http://localhost:${port}`
}

function secret(name: string, text: string): string {
  if (text.length < 32 || text.startsWith('<')) {
    fail(`${name} must have at least 32 random characters, such as those of: openssl rand -hex 32`)
  }
  return text
}

function logLevelOf(text: string): string {
  const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']
  if (!levels.includes(text)) fail(`LOG_LEVEL is "${text}": use one of ${levels.join(', ')}`)
  return text
}

import { existsSync } from 'node:fs'

// Variables that are already set take precedence over .env.
if (existsSync('.env')) process.loadEnvFile()

/** Returns a setting from the environment or `.env`, or `fallback` if it is not set. */
export function setting(name: string, fallback: string): string {
  return process.env[name] || fallback
}

/** The port to listen on. 0 means any free port, and then `ISSUER` must be set. */
export const port = Number(setting('PORT', '3000'))

/** The URL of this provider for clients and browsers. */
export const issuer = setting('ISSUER', `http://localhost:${port}`)

if (new URL(issuer).pathname !== '/') {
  throw new Error('ISSUER must have no path: the pages are served at the root')
}

/**
 * This process serves plain HTTP. An https issuer means that one proxy terminates TLS in front of
 * it.
 */
export const behindProxy = issuer.startsWith('https:')

/** The scopes that clients may request, with the text for the consent page. */
export const scopes: Readonly<Record<string, string>> = {
  profile: 'See who you are',
  offline_access: 'Keep this access while you are away',
}

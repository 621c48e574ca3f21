import path from 'node:path'
import type { Config } from '../config.js'
import { jwtBearer, trustedIssuers } from './trusted-issuer.js'
import type { Log } from '../provider/log.js'
import { deviceCode } from '../provider/pages/device.js'
import type { ScopeText, Setting } from '../provider/setting.js'

type Services = Pick<Setting, 'issuer' | 'store' | 'limiter' | 'keys'>

const grants = ['authorization_code', 'refresh_token', 'client_credentials', 'password', deviceCode]

const scopeTexts: Readonly<Record<string, ScopeText>> = {
  profile: { title: 'See who you are', detail: 'Your user id and username.' },
  email: { title: 'See your email address', detail: 'The address of your account.' },
  offline_access: {
    title: 'Keep this access',
    detail: 'Even while you are not using the application.',
  },
}

/** Prints each entry as text. */
const log: Log = {
  warn: (details, message) => console.warn(`${message}: ${textOf(details)}`),
  error: (details, message) => console.error(`${message}: ${textOf(details)}`),
}

/** Returns the settings of the demo provider. */
export function settingOf(config: Config, services: Services): Setting {
  const { demo, admin, sessionSecrets, storeTimeout, refreshGrace, rememberConsent } = config
  const { accessTokenFormat, clientMetadata, trustedIssuer, dpopNonceSecret: nonceSecret } = config
  const { registration } = config
  return {
    ...services,
    name: 'Demo provider',
    root: path.resolve(__dirname, '../..'),
    log,
    grants: trustedIssuer ? [...grants, jwtBearer] : grants,
    clientMetadata: clientMetadata ? { scopes: demo.scopes } : undefined,
    trustedIssuers: trustedIssuer && trustedIssuers(trustedIssuer, services.store),
    scopes: Object.fromEntries(demo.scopes.map((scope) => [scope, scopeTextOf(scope)])),
    origins: originsOf(demo.redirectUris),
    admin: admin?.username,
    signInHint: 'This is a demo: its user is on the start page.',
    sessionSecrets,
    storeTimeout,
    dpop: nonceSecret === undefined ? undefined : { nonceSecret },
    accessTokenFormat,
    registration: registration && { ...registration, scopes: demo.scopes },
    refreshGrace,
    rememberConsent,
  }
}

function scopeTextOf(scope: string): ScopeText {
  return scopeTexts[scope] ?? { title: scope, detail: 'A permission of this provider.' }
}

/** Returns the origins of the applications that run in a browser. */
function originsOf(redirectUris: string[]): string[] {
  const origins = redirectUris.map((uri) => new URL(uri).origin)
  // The origin of a custom scheme is "null".
  return [...new Set(origins)].filter((origin) => origin !== 'null')
}

function textOf(details: object): string {
  const { stack, ...others } = details as { stack?: string }
  return stack ?? JSON.stringify(others)
}

import { randomBytes } from 'node:crypto'
import type { AccessTokenFormat } from '@oauth2-kit/core'
import { fail, issuerOf, list, portOf } from './provider/environment.js'

/** The user and the clients that are registered at the start, to try things out. */
export interface Demo {
  username: string
  password: string
  /** A confidential client. */
  clientId: string
  clientSecret: string
  /** How the confidential client authenticates. */
  /** Undefined means that the client may use either. */
  clientAuthMethod: 'client_secret_basic' | 'client_secret_post' | undefined
  /** A public client. */
  publicClientId: string
  /** The client of a device without a browser: a public one. */
  deviceClientId: string
  /** The redirect URIs of the first two clients. */
  redirectUris: string[]
  /** The scopes that the clients may request. */
  scopes: string[]
}

/** The user who may manage the clients. */
export interface Admin {
  username: string
  /** The user is registered with it at the start; `undefined` means that the user exists. */
  password: string | undefined
}

/** Another server, whose assertions about users clients may exchange for tokens. */
export interface TrustedIssuer {
  /** The `iss` of its assertions. */
  issuer: string
  /** The file with its public keys. */
  keysFile: string
}

/** Who may register a client. */
export type Registration = { open: true } | { initialAccessToken: string }

/** The settings from the environment, checked and complete. */
export interface Config {
  /** The port to listen on; 0 means any free port. */
  port: number
  /** The public URL; `undefined` means `http://localhost` with the port. */
  issuer: string | undefined
  /** Sign the session cookie. The first one signs; a cookie signed with any of them is valid. */
  sessionSecrets: string[]
  /** Whether sign-in attempts and failed token requests are limited. */
  rateLimit: boolean
  /** Whether consent is remembered, so that a user is not asked again for the same request. */
  rememberConsent: boolean
  /** The file with the keys that sign access tokens; `undefined` means a key in memory. */
  keysFile: string | undefined
  /** Whether access tokens are random text or signed. */
  accessTokenFormat: AccessTokenFormat
  /** Whether clients with metadata documents are accepted. */
  clientMetadata: boolean
  /** The issuer of assertions about users of this provider; `undefined` means that there is none. */
  trustedIssuer: TrustedIssuer | undefined
  /**
   * The secret of the nonces in DPoP proofs; `undefined` means that proofs have none.
   */
  dpopNonceSecret: string | undefined
  /** Who may register a client; `undefined` means nobody but the administrator. */
  registration: Registration | undefined
  /** In seconds; `undefined` means the core's default. */
  refreshGrace: number | undefined
  /** The name of a store in `stores/`. */
  store: string
  /** The file of the memory store; `undefined` means that its data is not saved. */
  storeFile: string | undefined
  /** The URL of the store's database; `undefined` means the store's default. */
  databaseUrl: string | undefined
  /**
   * The number of Redis replicas that must have received a write before it succeeds; `undefined`
   * means the store's default.
   */
  waitReplicas: number | undefined
  /** How long a request waits for the store, in milliseconds; after that, it gets a 503. */
  storeTimeout: number
  /**
   * How long a driver waits for the database, in milliseconds. It is shorter, so that the driver's
   * own error is reported.
   */
  driverTimeout: number
  demo: Demo
  /** `undefined` means that there is no administrator. */
  admin: Admin | undefined
}

/**
 * Reads the settings from the environment; an empty variable counts as unset. Throws a
 * ConfigurationError if one is wrong.
 */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const read = (name: string, fallback: string) => env[name] || fallback
  const demo: Demo = {
    username: read('DEMO_USERNAME', 'demo'),
    password: read('DEMO_PASSWORD', 'demo-password'),
    clientId: read('DEMO_CLIENT_ID', 'demo-web'),
    clientSecret: read('DEMO_CLIENT_SECRET', 'demo-web-secret'),
    clientAuthMethod: authMethodOf(env['DEMO_CLIENT_AUTH_METHOD']),
    publicClientId: read('DEMO_PUBLIC_CLIENT_ID', 'demo-spa'),
    deviceClientId: read('DEMO_DEVICE_CLIENT_ID', 'demo-device'),
    redirectUris: list(
      read('DEMO_REDIRECT_URI', 'http://localhost:4000/callback http://127.0.0.1:4000/callback'),
    ),
    scopes: list(read('DEMO_SCOPES', 'profile email offline_access')),
  }
  if (demo.username.length > 255) fail('DEMO_USERNAME must have at most 255 characters')
  if (new Set([demo.clientId, demo.publicClientId, demo.deviceClientId]).size < 3) {
    fail('DEMO_CLIENT_ID, DEMO_PUBLIC_CLIENT_ID and DEMO_DEVICE_CLIENT_ID must differ')
  }
  const storeTimeout = timeoutOf('STORE_TIMEOUT', read('STORE_TIMEOUT', '5'))
  return {
    port: portOf(read('PORT', '3000')),
    issuer: env.ISSUER ? issuerOf(env.ISSUER) : undefined,
    sessionSecrets: [
      read('SESSION_SECRET', randomBytes(32).toString('hex')),
      ...list(read('SESSION_SECRET_PREVIOUS', '')),
    ],
    rateLimit: isOn('RATE_LIMIT', read('RATE_LIMIT', 'on')),
    rememberConsent: isOn('REMEMBER_CONSENT', read('REMEMBER_CONSENT', 'on')),
    keysFile: env.KEYS_FILE || undefined,
    accessTokenFormat: formatOf(read('ACCESS_TOKEN_FORMAT', 'opaque')),
    clientMetadata: isOn('CLIENT_METADATA', read('CLIENT_METADATA', 'off')),
    trustedIssuer: trustedIssuerOf(env.TRUSTED_ISSUER, env.TRUSTED_ISSUER_KEYS_FILE),
    dpopNonceSecret: nonceSecretOf(env.DPOP_NONCE_SECRET),
    registration: registrationOf(read('REGISTRATION', 'off'), env.INITIAL_ACCESS_TOKEN),
    refreshGrace: secondsOf('REFRESH_GRACE', env.REFRESH_GRACE),
    store: env.STORE || storeOf(env.STORE_FILE, env.DATABASE_URL),
    storeFile: env.STORE_FILE || undefined,
    databaseUrl: env.DATABASE_URL || undefined,
    waitReplicas: countOf('REDIS_WAIT_REPLICAS', env.REDIS_WAIT_REPLICAS),
    storeTimeout,
    driverTimeout: (2 * storeTimeout) / 5,
    demo,
    admin: adminOf(env.ADMIN_USERNAME, env.ADMIN_PASSWORD, demo),
  }
}

function adminOf(
  username: string | undefined,
  given: string | undefined,
  demo: Demo,
): Admin | undefined {
  const password = given || undefined
  if (!username) {
    return password === undefined ? undefined : fail('ADMIN_PASSWORD needs an ADMIN_USERNAME')
  }
  if (username.length > 255) fail('ADMIN_USERNAME must have at most 255 characters')
  if (password !== undefined && username === demo.username) {
    fail('ADMIN_PASSWORD: the administrator is the demo user, so set DEMO_PASSWORD instead')
  }
  if (password !== undefined && password.length < 8) {
    fail('ADMIN_PASSWORD must have at least 8 characters')
  }
  return { username, password }
}

/** The stores of the databases whose URLs begin so. */
const storesByProtocol = new Map([
  ['file', 'sql'],
  ['mariadb', 'sql'],
  ['mongodb', 'mongo'],
  ['mongodb+srv', 'mongo'],
  ['mysql', 'sql'],
  ['postgres', 'sql'],
  ['postgresql', 'sql'],
  ['redis', 'redis'],
  ['redis+cluster', 'redis'],
  ['rediss', 'redis'],
])

/** Returns the store of a provider that names none. */
function storeOf(file: string | undefined, url: string | undefined): string {
  if (!url) return 'memory'
  if (file) fail('STORE_FILE and DATABASE_URL name two stores: unset one of them, or set STORE')
  const store = storesByProtocol.get(url.slice(0, url.indexOf(':')))
  const known = [...storesByProtocol.keys()].map((protocol) => `${protocol}:`).join(', ')
  // Not the URL itself, which may contain a password.
  return store ?? fail(`DATABASE_URL begins with none of ${known}; correct it, or set STORE`)
}

function authMethodOf(text: string | undefined): Demo['clientAuthMethod'] {
  if (!text) return undefined
  if (text === 'client_secret_basic' || text === 'client_secret_post') return text
  return fail(`DEMO_CLIENT_AUTH_METHOD is "${text}": use client_secret_basic or client_secret_post`)
}

function trustedIssuerOf(
  issuer: string | undefined,
  keysFile: string | undefined,
): TrustedIssuer | undefined {
  if (issuer && keysFile) return { issuer, keysFile }
  if (!issuer && !keysFile) return undefined
  return fail('TRUSTED_ISSUER and TRUSTED_ISSUER_KEYS_FILE are only valid together')
}

function nonceSecretOf(text: string | undefined): string | undefined {
  if (!text) return undefined
  if (text.length < 32) fail('DPOP_NONCE_SECRET must have at least 32 random characters')
  return text
}

function registrationOf(text: string, token: string | undefined): Registration | undefined {
  if (!['off', 'open', 'token'].includes(text))
    fail(`REGISTRATION is "${text}": use off, open or token`)
  if ((text === 'token') !== Boolean(token))
    fail('REGISTRATION=token and INITIAL_ACCESS_TOKEN are only valid together')
  if (!token) return text === 'open' ? { open: true } : undefined
  if (!/^[\w.~+/-]{16,}=*$/.test(token))
    fail('INITIAL_ACCESS_TOKEN must have at least 16 random characters: A-Z a-z 0-9 - . _ ~ + /')
  return { initialAccessToken: token }
}

function formatOf(text: string): AccessTokenFormat {
  if (text === 'opaque' || text === 'jwt') return text
  return fail(`ACCESS_TOKEN_FORMAT is "${text}": use opaque or jwt`)
}

function isOn(name: string, text: string): boolean {
  if (text !== 'on' && text !== 'off') fail(`${name} is "${text}": use on or off`)
  return text === 'on'
}

function secondsOf(name: string, text: string | undefined): number | undefined {
  if (!text) return undefined
  if (!/^\d+(?:\.\d+)?$/.test(text)) fail(`${name} is "${text}": use a number of seconds`)
  return Number(text)
}

/** Returns whole seconds in milliseconds. */
function timeoutOf(name: string, text: string): number {
  const seconds = Number(text)
  if (!/^\d{1,4}$/.test(text) || seconds === 0) {
    fail(`${name} is "${text}": use a whole number of seconds from 1 to 9999`)
  }
  return seconds * 1000
}

function countOf(name: string, text: string | undefined): number | undefined {
  if (!text) return undefined
  if (!/^\d{1,3}$/.test(text)) fail(`${name} is "${text}": use a whole number`)
  return Number(text)
}

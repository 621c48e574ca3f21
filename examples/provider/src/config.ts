import { randomBytes } from 'node:crypto'

/** What is registered at the start, for trying things out. */
export interface Demo {
  username: string
  password: string
  /** A confidential client. */
  clientId: string
  clientSecret: string
  /** How the confidential client authenticates. */
  clientAuthMethod: 'client_secret_basic' | 'client_secret_post'
  /** A public client. */
  publicClientId: string
  /** Of both clients. */
  redirectUris: string[]
  /** That both clients may ask for. */
  scopes: string[]
}

/** Who may manage the clients. */
export interface Admin {
  username: string
  /** Registered at the start; `undefined` = the user is there already. */
  password: string | undefined
}

/** What the environment says, checked and complete. */
export interface Config {
  /** 0 = any free port. */
  port: number
  /** The public URL; `undefined` = `http://localhost` and the port. */
  issuer: string | undefined
  /** Signs the session cookie. */
  sessionSecret: string
  /** Whether attempts to sign in and failed token requests are limited. */
  rateLimit: boolean
  /** Whether a user is asked only once for what a client asks for again. */
  rememberConsent: boolean
  /** Seconds; `undefined` = the core's default. */
  refreshGrace: number | undefined
  /** The name of a store in `stores/`. */
  store: string
  /** Where the memory store keeps what it has; `undefined` = nowhere. */
  storeFile: string | undefined
  /** Where the database of a store is that needs one; `undefined` = the store's default. */
  databaseUrl: string | undefined
  /** Replicas of Redis that must have a write before it counts; `undefined` = the store's default. */
  waitReplicas: number | undefined
  demo: Demo
  /** `undefined` = nobody. */
  admin: Admin | undefined
}

/** The set-up is wrong; the message says where, and what to do. */
export class ConfigurationError extends TypeError {}

/** Reads the environment; an empty variable counts as one that isn't there. */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const read = (name: string, otherwise: string) => env[name] || otherwise
  const demo: Demo = {
    username: read('DEMO_USERNAME', 'demo'),
    password: read('DEMO_PASSWORD', 'demo-password'),
    clientId: read('DEMO_CLIENT_ID', 'demo-web'),
    clientSecret: read('DEMO_CLIENT_SECRET', 'demo-web-secret'),
    clientAuthMethod: authMethodOf(read('DEMO_CLIENT_AUTH_METHOD', 'client_secret_basic')),
    publicClientId: read('DEMO_PUBLIC_CLIENT_ID', 'demo-spa'),
    redirectUris: list(
      read('DEMO_REDIRECT_URI', 'http://localhost:4000/callback http://127.0.0.1:4000/callback'),
    ),
    scopes: list(read('DEMO_SCOPES', 'profile email offline_access')),
  }
  if (demo.username.length > 255) fail('DEMO_USERNAME must have at most 255 characters')
  if (demo.clientId === demo.publicClientId) {
    fail('DEMO_CLIENT_ID and DEMO_PUBLIC_CLIENT_ID must differ')
  }
  return {
    port: portOf(read('PORT', '3000')),
    issuer: issuerOf(env.ISSUER),
    sessionSecret: read('SESSION_SECRET', randomBytes(32).toString('hex')),
    rateLimit: isOn('RATE_LIMIT', read('RATE_LIMIT', 'on')),
    rememberConsent: isOn('REMEMBER_CONSENT', read('REMEMBER_CONSENT', 'on')),
    refreshGrace: secondsOf('REFRESH_GRACE', env.REFRESH_GRACE),
    store: read('STORE', 'memory'),
    storeFile: env.STORE_FILE || undefined,
    databaseUrl: env.DATABASE_URL || undefined,
    waitReplicas: countOf('REDIS_WAIT_REPLICAS', env.REDIS_WAIT_REPLICAS),
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
    fail('ADMIN_PASSWORD: the demo user is the administrator, and has DEMO_PASSWORD')
  }
  if (password !== undefined && password.length < 8) {
    fail('ADMIN_PASSWORD must have 8 characters at least')
  }
  return { username, password }
}

function portOf(text: string): number {
  const port = Number(text)
  if (!/^\d+$/.test(text) || port > 65535) {
    fail(`PORT is "${text}": give a number from 0 (any free port) to 65535`)
  }
  return port
}

function issuerOf(text: string | undefined): string | undefined {
  if (!text) return undefined
  const url = URL.canParse(text) ? new URL(text) : undefined
  // The pages link to each other from the root of the host.
  if (url?.origin !== text || !isSafe(url)) {
    fail(
      `ISSUER is "${text}": give the https origin that browsers see, such as https://auth.example.com, without a path or a slash at its end (http on a loopback host only)`,
    )
  }
  return text
}

function isSafe({ protocol, hostname }: URL): boolean {
  return (
    protocol === 'https:' ||
    (protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(hostname))
  )
}

function authMethodOf(text: string): Demo['clientAuthMethod'] {
  if (text === 'client_secret_basic' || text === 'client_secret_post') return text
  return fail(
    `DEMO_CLIENT_AUTH_METHOD is "${text}": give client_secret_basic or client_secret_post`,
  )
}

function isOn(name: string, text: string): boolean {
  if (text !== 'on' && text !== 'off') fail(`${name} is "${text}": give on or off`)
  return text === 'on'
}

function secondsOf(name: string, text: string | undefined): number | undefined {
  if (!text) return undefined
  if (!/^\d+(?:\.\d+)?$/.test(text)) fail(`${name} is "${text}": give a number of seconds`)
  return Number(text)
}

function countOf(name: string, text: string | undefined): number | undefined {
  if (!text) return undefined
  if (!/^\d{1,3}$/.test(text)) fail(`${name} is "${text}": give a whole number`)
  return Number(text)
}

function list(text: string): string[] {
  return [...new Set(text.split(/[\s,]+/).filter((item) => item !== ''))]
}

function fail(message: string): never {
  throw new ConfigurationError(message)
}

/** What the environment says, checked and complete. */
export interface Config {
  /** 0 = any free port. */
  port: number
  /** The name by which browsers reach this application. */
  host: string
  /** The URL of the provider. */
  issuer: string
  /** Where this server reaches it: the same, but in a network of their own. */
  providerUrl: string
  clientId: string
  /** Empty = a public client. */
  clientSecret: string
}

/** The set-up is wrong; the message says where, and what to do. */
export class ConfigurationError extends TypeError {}

/** Reads the environment. */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const issuer = issuerOf(env.ISSUER || 'http://localhost:3000')
  return {
    port: portOf(env.PORT || '4000'),
    host: env.CLIENT_HOST || 'localhost',
    issuer,
    providerUrl: env.PROVIDER_URL || issuer,
    clientId: env.CLIENT_ID || 'demo-web',
    clientSecret: env.CLIENT_SECRET ?? 'demo-web-secret',
  }
}

/** Whether the URL leads to this machine, so that it may be http. */
function isLoopback(url: string): boolean {
  return ['localhost', '127.0.0.1', '[::1]'].includes(new URL(url).hostname)
}

function portOf(text: string): number {
  const port = Number(text)
  if (!/^\d+$/.test(text) || port > 65535) {
    throw new ConfigurationError(`PORT is "${text}": give a number from 0 (any free port) to 65535`)
  }
  return port
}

function issuerOf(text: string): string {
  const protocol = URL.canParse(text) ? new URL(text).protocol : ''
  if (protocol !== 'https:' && !(protocol === 'http:' && isLoopback(text))) {
    throw new ConfigurationError(
      `ISSUER is "${text}": give the https URL of the provider (http on a loopback host only)`,
    )
  }
  return text
}

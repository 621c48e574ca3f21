/** The settings from the environment, checked and complete. */
export interface Config {
  /** The port to listen on; 0 means any free port. */
  port: number
  /** The host name under which browsers reach this application. */
  host: string
  /** The URL of the provider. */
  issuer: string
  /**
   * The URL under which this server reaches the provider. It differs only inside a private network.
   */
  providerUrl: string
  clientId: string
  /** Empty for a public client. */
  clientSecret: string
}

/** A wrong setting. The message says which one, and what to do. */
export class ConfigurationError extends TypeError {}

/** Reads the settings from the environment. Throws a ConfigurationError if one is wrong. */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const issuer = issuerOf(env.ISSUER || 'http://localhost:3000')
  return {
    port: portOf(env.PORT || '4000'),
    host: env.CLIENT_HOST || 'localhost',
    issuer,
    providerUrl: providerUrlOf(env.PROVIDER_URL || issuer),
    clientId: env.CLIENT_ID || 'demo-web',
    clientSecret: env.CLIENT_SECRET ?? 'demo-web-secret',
  }
}

/** Returns whether the URL leads to this machine, so that it may be http. */
function isLoopback(url: string): boolean {
  return ['localhost', '127.0.0.1', '[::1]'].includes(new URL(url).hostname)
}

function portOf(text: string): number {
  const port = Number(text)
  if (!/^\d+$/.test(text) || port > 65535) {
    throw new ConfigurationError(`PORT is "${text}": use a number from 0 (any free port) to 65535`)
  }
  return port
}

function issuerOf(text: string): string {
  const protocol = URL.canParse(text) ? new URL(text).protocol : ''
  if (protocol !== 'https:' && !(protocol === 'http:' && isLoopback(text))) {
    throw new ConfigurationError(
      `ISSUER is "${text}": use the https URL of the provider (http on a loopback host only)`,
    )
  }
  return text
}

function providerUrlOf(text: string): string {
  if (!/^https?:$/.test(URL.canParse(text) ? new URL(text).protocol : '')) {
    throw new ConfigurationError(`PROVIDER_URL is "${text}": use a URL with http or https`)
  }
  return text
}

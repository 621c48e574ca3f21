import type { AuthorizationRequest } from '@oauth2-kit/core'

/** What the consent page says about a client that nobody has checked. */
export interface UnverifiedClient {
  /** What the client calls itself. */
  name: string | undefined
  /** The host that publishes its document. Undefined means that it has registered itself here. */
  publisher: string | undefined
  /** Where the answer goes: a host, or the scheme of an app. Undefined for a device. */
  target: string | undefined
  /**
   * Whether the answer goes to a program on the user's device. Any of them could pose as the client,
   * also if it has other redirect URIs.
   */
  isLocal: boolean
}

type Asked = Pick<AuthorizationRequest, 'client' | 'redirectUri'>

/** Returns what the user should know about the client, or `undefined` if you have registered it. */
export function unverifiedClient({ client, redirectUri }: Asked): UnverifiedClient | undefined {
  const { registration, name } = client
  if (!registration) return undefined
  return {
    name,
    publisher: registration.method === 'document' ? new URL(client.id).host : undefined,
    target: targetOf(redirectUri),
    isLocal: isLoopback(redirectUri),
  }
}

/** Returns the title of a client: its name, or the host that publishes its document. */
export function titleOf({ client, redirectUri }: Asked): string {
  return unverifiedClient({ client, redirectUri })?.publisher ?? client.name ?? client.id
}

function targetOf(uri: string): string | undefined {
  if (uri === '') return undefined
  const { host, protocol } = new URL(uri)
  return host === '' ? protocol : host
}

function isLoopback(uri: string): boolean {
  if (uri === '') return false
  const { protocol, hostname } = new URL(uri)
  return protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(hostname)
}

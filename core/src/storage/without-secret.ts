import type { Client, ClientInfo } from '../contract/store'

/**
 * Returns a client without its secret hash and version, so that an application may show it. Keeps
 * every other property, including those that a store adds.
 */
export function withoutSecret(client: Client): ClientInfo {
  const { secretHash: _, previousSecretHash: __, version: ___, ...rest } = client
  return rest
}

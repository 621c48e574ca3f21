import type { Client } from '../contract/store'

/**
 * Returns a client without its secret hash and version, so that an application may show it. Keeps
 * every other property, including those that a store adds.
 */
export function withoutSecret(client: Client): Omit<Client, 'secretHash' | 'version'> {
  const { secretHash: _, version: __, ...rest } = client
  return rest
}

import type { Client } from '../contract/store'

/**
 * Returns a client without the hash of its secret and without the store's version: what an
 * application may show. Every other member stays, also those that a store adds.
 */
export function withoutSecret(client: Client): Omit<Client, 'secretHash' | 'version'> {
  const { secretHash: _, version: __, ...rest } = client
  return rest
}

import type { Client, ClientInfo, ClientRegistration } from '../contract/store'

/**
 * Returns a client without the hashes of its secrets and tokens, and without its version, so that an
 * application may show it. Keeps every other property, including those that a store adds.
 */
export function withoutSecret(client: Client): ClientInfo {
  const { secretHash: _, previousSecretHash: __, version: ___, registration, ...rest } = client
  return registration ? { ...rest, registration: withoutTokenHash(registration) } : rest
}

/** Returns what a client says of itself, without the hash of its token. */
export function withoutTokenHash(
  registration: ClientRegistration,
): NonNullable<ClientInfo['registration']> {
  const { accessTokenHash: _, ...rest } = registration
  return rest
}

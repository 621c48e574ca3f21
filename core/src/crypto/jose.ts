import type * as library from 'jose'

/** The library for signed tokens (RFC 7515 to 7519). */
export type Jose = typeof library

/**
 * The algorithms of signatures that the server accepts from others (RFC 7518 3.1, RFC 8037 3.1, RFC
 * 9864 2.2): all with a public key, so that a public key can never be used as a shared secret.
 */
export const signatureAlgorithms = Object.freeze([
  'ES256',
  'ES384',
  'ES512',
  'PS256',
  'PS384',
  'PS512',
  'RS256',
  'RS384',
  'RS512',
  'EdDSA',
  'Ed25519',
])

let loading: Promise<Jose> | undefined

/**
 * Resolves with the library for signed tokens. It is loaded on the first call, so that a server
 * with opaque tokens only never loads it.
 */
export function jose(): Promise<Jose> {
  return (loading ??= import('jose'))
}

/** The error for a signed token that is refused. The message is fit for an `error_description`. */
export class RefusedJwtError extends Error {
  override name = 'RefusedJwtError'
}

/**
 * Resolves with the result of `verify`, which must only check a token with keys that are at hand. Any
 * error of it is a fault of the token or its key, and becomes a RefusedJwtError.
 */
export async function verifiedJwt<T>(verify: (library: Jose) => Promise<T>): Promise<T> {
  const loaded = await jose()
  try {
    return await verify(loaded)
  } catch (cause) {
    if (cause instanceof RefusedJwtError) throw cause
    const { JOSEError } = loaded.errors
    throw new RefusedJwtError(
      cause instanceof JOSEError ? cause.message : 'the signature cannot be verified',
      { cause },
    )
  }
}

import type { KeyObject } from 'node:crypto'

// The rules for keys of this server, of clients and of issuers.

/** The members of a private or symmetric key (RFC 7518 6.2.2, 6.3.2, 6.4.1, RFC 9964). */
const secretMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv']

/** The minimum size of an RSA key, in bits (RFC 7518 3.3 and 3.5). */
export const leastRsaBits = 2048
/** The maximum length of a `kid`, in characters. */
export const longestKid = 255

const rsaAlgorithms = ['RS256', 'PS256', 'RS384', 'PS384', 'RS512', 'PS512']

/** The algorithms of each kind of key, by its curve or type in OpenSSL. The first is the default. */
const algorithms: Readonly<Record<string, readonly string[]>> = {
  __proto__: null as never,
  prime256v1: ['ES256'],
  secp384r1: ['ES384'],
  secp521r1: ['ES512'],
  ed25519: ['EdDSA', 'Ed25519'],
  rsa: rsaAlgorithms,
}

/** Returns whether a JSON Web Key is symmetric or has a member of a private key. */
export function isSecret(key: object): boolean {
  return (key as { kty?: unknown }).kty === 'oct' || secretMembers.some((name) => name in key)
}

/** Returns the curve of an EC key, or the type of any other key. */
export function kindOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): string {
  const curve = asymmetricKeyDetails?.namedCurve
  return String(asymmetricKeyType === 'ec' ? curve : asymmetricKeyType)
}

/**
 * Returns the algorithms of signatures that a key of this kind can make or verify, the default first.
 * Returns `undefined` if the kind is not supported.
 */
export function algorithmsOf(kind: string): readonly string[] | undefined {
  return algorithms[kind]
}

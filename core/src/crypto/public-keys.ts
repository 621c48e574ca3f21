import { type JsonWebKey, createPublicKey } from 'node:crypto'
import type { JsonWebKeySet } from '../contract/store'
import { isObject } from '../values/is-object'

/** The maximum number of keys in a set. */
export const mostKeys = 50

/** The members of a private or symmetric key (RFC 7518 6). */
const secretMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv']

const longestKid = 255
const leastRsaBits = 2048
const mostRsaBits = 8192
const mostRsaExponent = 2n ** 32n

/** Says why a value is not a usable set of keys. Follows the name of the value in a message. */
export class KeySetError extends Error {
  override name = 'KeySetError'
}

/**
 * Returns the public keys of a set that another party has published. Keys of an unknown type are left
 * out (RFC 7517 5). Throws a KeySetError if the value is not a set of keys, or if it contains a secret
 * key, which is no longer secret then.
 */
export function publishedKeySet(value: unknown): JsonWebKeySet {
  return { keys: publicKeysIn(value).filter((key) => keyProblem(key) === undefined) }
}

/**
 * Returns a copy of a set of public keys to register. Throws a KeySetError if one of the keys cannot
 * verify signatures, if two have the same `kid`, or if there is none.
 */
export function registeredKeySet(value: unknown): JsonWebKeySet {
  const keys = publicKeysIn(value)
  if (keys.length === 0) throw new KeySetError('has no key')
  for (const key of keys) {
    const problem = keyProblem(key)
    if (problem !== undefined) throw new KeySetError(`has a key that ${problem}`)
  }
  const kids = keys.map(({ kid }) => kid)
  if (keys.length > 1 && new Set(kids).size < keys.length)
    throw new KeySetError('has two keys with the same "kid", or without one')
  return { keys: structuredClone(keys) }
}

function publicKeysIn(value: unknown): JsonWebKey[] {
  const keys = isObject(value) ? value['keys'] : undefined
  if (!Array.isArray(keys) || !keys.every(isObject))
    throw new KeySetError('must be a JWK Set: { keys: [...] } (RFC 7517 5)')
  if (keys.length > mostKeys) throw new KeySetError(`has more than ${mostKeys} keys`)
  if (keys.some((key) => key['kty'] === 'oct' || secretMembers.some((name) => name in key)))
    throw new KeySetError('has a private or symmetric key: publish the public keys only')
  return keys
}

/** Returns why a key cannot verify signatures, or `undefined` if it can. */
function keyProblem(key: JsonWebKey): string | undefined {
  const { kid, use } = key
  if (kid !== undefined && (typeof kid !== 'string' || kid.length > longestKid))
    return `has a "kid" that is not text of at most ${longestKid} characters`
  if (use !== undefined && use !== 'sig') return 'is not for signatures ("use")'
  try {
    const { asymmetricKeyType, asymmetricKeyDetails } = createPublicKey({ key, format: 'jwk' })
    if (asymmetricKeyType !== 'rsa') return undefined
    const { modulusLength = 0, publicExponent = 0n } = asymmetricKeyDetails ?? {}
    // RFC 7518 3.3. The other limits bound the time that a signature takes.
    if (modulusLength < leastRsaBits || modulusLength > mostRsaBits)
      return `is an RSA key of ${modulusLength} bits, not ${leastRsaBits} to ${mostRsaBits}`
    return publicExponent > mostRsaExponent ? 'has a very large RSA exponent' : undefined
  } catch {
    return 'is malformed or of an unknown type'
  }
}

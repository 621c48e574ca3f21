import { type JsonWebKey, createPublicKey } from 'node:crypto'
import type { JsonWebKeySet } from '../contract/store'
import { isObject } from '../values/is-object'
import { algorithmsOf, isSecret, kindOf, leastRsaBits, longestKid } from './key-rules'

/** The maximum number of keys in a set. */
export const mostKeys = 50

/** The maximum length of a registered set of keys, in characters of JSON. */
export const longestKeySet = 16_384

const mostRsaBits = 8192
const mostRsaExponent = 2n ** 32n

const usable = 'EC with the curve P-256, P-384 or P-521, Ed25519, or RSA'

/** A key as another party describes it. */
interface PublishedKey {
  kid?: unknown
  use?: unknown
  alg?: unknown
  key_ops?: unknown
}

/** Says why a value is not a usable set of keys. Follows the name of the value in a message. */
export class KeySetError extends Error {
  override name = 'KeySetError'
}

/**
 * Returns the public keys of a set that another party has published. Keys that cannot verify
 * signatures, such as those of an unknown type, are left out (RFC 7517 5). Throws a KeySetError if the value is not a set of keys, or if it contains a secret
 * key, which is no longer secret then.
 */
export function publishedKeySet(value: unknown): JsonWebKeySet {
  return { keys: publicKeysIn(value).filter((key) => keyProblem(key) === undefined) }
}

/**
 * Returns a copy of a set of public keys to register. Keys for encryption are left out, which the
 * `jwks` of a client may contain too (RFC 7591 2). Throws a KeySetError if one of the others cannot
 * verify signatures, if two have the same `kid`, or if there is none.
 */
export function registeredKeySet(value: unknown): JsonWebKeySet {
  const keys = publicKeysIn(value).filter(({ use }) => use !== 'enc')
  if (keys.length === 0) throw new KeySetError('has no key for signatures: add the public key')
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
  if (keys.some(isSecret))
    throw new KeySetError(
      'has a private or symmetric key: pass only the public keys (oauth2-kit keys public prints them)',
    )
  return keys
}

/**
 * Returns why a key cannot verify signatures within a reasonable time, or `undefined` if it can. The
 * text follows "has a key that".
 */
export function keyProblem(key: JsonWebKey): string | undefined {
  const { kid, use, alg, key_ops: operations = ['verify'] } = key as PublishedKey
  if (kid !== undefined && (typeof kid !== 'string' || kid.length > longestKid))
    return `has a "kid" that is not text of at most ${longestKid} characters`
  if (use !== undefined && use !== 'sig') return 'is not for signatures ("use")'
  if (!Array.isArray(operations) || !operations.includes('verify'))
    return 'has "key_ops" without "verify"'
  try {
    const publicKey = createPublicKey({ key, format: 'jwk' })
    const possible = algorithmsOf(kindOf(publicKey))
    if (!possible) return `is of the type ${kindOf(publicKey)}: use ${usable}`
    if (alg !== undefined && !possible.includes(alg as string))
      return `has an "alg" that does not fit it: use ${possible.join(', ')}`
    if (publicKey.asymmetricKeyType !== 'rsa') return undefined
    const { modulusLength = 0, publicExponent = 0n } = publicKey.asymmetricKeyDetails ?? {}
    // RFC 7518 3.3. The other limits bound the time that a signature takes.
    if (modulusLength < leastRsaBits || modulusLength > mostRsaBits)
      return `is an RSA key of ${modulusLength} bits, not ${leastRsaBits} to ${mostRsaBits}`
    return publicExponent > mostRsaExponent ? 'has a very large RSA exponent' : undefined
  } catch {
    return `is malformed or of an unknown type: use ${usable}`
  }
}

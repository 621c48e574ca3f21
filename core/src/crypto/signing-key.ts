import {
  type JsonWebKey,
  KeyObject,
  createPrivateKey,
  createPublicKey,
  sign,
  verify,
  type webcrypto,
} from 'node:crypto'
import { types } from 'node:util'
import { optionError } from '../errors/option-error'
import { isObject } from '../values/is-object'
import { algorithmsOf, kindOf, leastRsaBits, longestKid } from './key-rules'

/** A private key as a JSON Web Key (RFC 7517 4), of the types EC, RSA and OKP. */
export interface PrivateJwk {
  kty?: string
  /** The id of the key. @default the thumbprint of the public key (RFC 7638) */
  kid?: string
  /** The algorithm of its signatures. @default ES256, ES384, ES512, EdDSA or RS256, by the key */
  alg?: string
  use?: string
  key_ops?: string[]
  /** Seconds since the epoch: from then on, the key is neither used nor published. */
  exp?: number
  crv?: string
  x?: string
  y?: string
  d?: string
  n?: string
  e?: string
  p?: string
  q?: string
  dp?: string
  dq?: string
  qi?: string
}

/** A private key that signs. */
export type PrivateKey = PrivateJwk | KeyObject | webcrypto.CryptoKey

/** A private key that was checked. */
export interface CheckedKey {
  /** The id in its JWK. */
  kid: string | undefined
  alg: string
  privateKey: KeyObject | webcrypto.CryptoKey
  publicKey: KeyObject
  /** When it retires, in milliseconds since the epoch. Infinity means never. */
  retiresAt: number
}

interface Found {
  privateKey: KeyObject
  /** The members of the JWK that are not the key itself. */
  jwk?: Pick<PrivateJwk, 'kid' | 'alg' | 'use' | 'key_ops' | 'exp'>
}

const makeOne = '"oauth2-kit keys generate" makes a private key'

/**
 * Checks a private key. Throws an OptionError for the option `keys` if it cannot sign. The error
 * never contains a part of the key. `at` is the position of the key.
 */
export function checkedKey(input: unknown, at: number): CheckedKey {
  const fail = (text: string) => optionError('keys', `has at position ${at + 1} ${text}`)
  const { privateKey, jwk = {} } = privateKeyOf(input, fail)
  const publicKey = createPublicKey(privateKey)
  const kind = kindOf(publicKey)
  const possible = algorithmsOf(kind)
  if (!possible) {
    throw fail(
      `a key of the type ${kind}, which is not supported: use EC with the curve P-256 (ES256), ` +
        'P-384 or P-521, Ed25519, or RSA',
    )
  }
  const bits = publicKey.asymmetricKeyDetails?.modulusLength ?? leastRsaBits
  if (bits < leastRsaBits)
    throw fail(`an RSA key of ${bits} bits: use at least ${leastRsaBits} (RFC 7518 3.3)`)
  const { kid, use = 'sig', key_ops: operations = ['sign'], exp } = jwk
  if (kid !== undefined && !isText(kid)) throw fail('a key whose "kid" is not text')
  if (use !== 'sig')
    throw fail('a key with a "use" other than "sig": pass keys that are only for signatures')
  if (!Array.isArray(operations) || !operations.includes('sign'))
    throw fail('a key whose "key_ops" do not include "sign"')
  if (exp !== undefined && !(Number.isFinite(exp) && exp > 0))
    throw fail('a key whose "exp" is not a number of seconds since the epoch')
  const alg = algorithmOf(input) ?? jwk.alg ?? possible[0]!
  if (!possible.includes(alg))
    throw fail(`a key whose "alg" does not fit it: use ${possible.join(', ')}`)
  if (!belongTogether(privateKey, publicKey))
    throw fail('a key whose public members do not belong to its private ones')
  const retiresAt = exp === undefined ? Infinity : exp * 1000
  const signer = types.isCryptoKey(input) ? input : privateKey
  return { kid, alg, privateKey: signer, publicKey, retiresAt }
}

function privateKeyOf(input: unknown, fail: (text: string) => Error): Found {
  if (types.isCryptoKey(input)) {
    assertPrivate(input.type, fail)
    if (!input.usages.includes('sign')) throw fail("a CryptoKey whose usages do not include 'sign'")
    return { privateKey: KeyObject.from(input) }
  }
  if (types.isKeyObject(input)) {
    assertPrivate(input.type, fail)
    return { privateKey: input }
  }
  if (!isObject(input) || typeof input['kty'] !== 'string')
    throw fail(`no key: pass private JWKs (objects), KeyObjects or CryptoKeys; ${makeOne}`)
  const { kid, alg, use, key_ops, exp, ...key } = input as PrivateJwk
  if (key.kty === 'oct') assertPrivate('secret', fail)
  if (key.d === undefined) assertPrivate('public', fail)
  return { privateKey: imported(key, fail), jwk: definedOnly({ kid, alg, use, key_ops, exp }) }
}

function assertPrivate(type: string, fail: (text: string) => Error): void {
  if (type === 'private') return
  if (type === 'public')
    throw fail(
      `a public key: pass the private one, because the server signs with it and publishes the ` +
        `public half itself; ${makeOne}`,
    )
  throw fail(
    `a symmetric key, with which everyone who can verify a token could also make one: ${makeOne}`,
  )
}

function imported(key: PrivateJwk, fail: (text: string) => Error): KeyObject {
  try {
    return createPrivateKey({ key: key as JsonWebKey, format: 'jwk' })
  } catch {
    // The original error may contain a part of the key.
    throw fail(`a JWK that is malformed, or of an unsupported type or curve; ${makeOne}`)
  }
}

/** Returns the algorithm that an RSA CryptoKey is bound to. */
function algorithmOf(key: unknown): string | undefined {
  if (!types.isCryptoKey(key)) return undefined
  const { name, hash } = key.algorithm as { name: string; hash?: { name: string } }
  if (hash === undefined) return undefined
  return `${name === 'RSA-PSS' ? 'PS' : 'RS'}${hash.name.replace('SHA-', '')}`
}

/** Returns whether a signature of the private key can be verified with the public one. */
function belongTogether(privateKey: KeyObject, publicKey: KeyObject): boolean {
  const digest = privateKey.asymmetricKeyType === 'ed25519' ? null : 'sha256'
  const data = Buffer.from('oauth2-kit')
  try {
    return verify(digest, data, publicKey, sign(digest, data, privateKey))
  } catch {
    return false
  }
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== '' && value.length <= longestKid
}

function definedOnly<T extends object>(values: T): T {
  const defined = Object.entries(values).filter(([, value]) => value !== undefined)
  return Object.fromEntries(defined) as T
}

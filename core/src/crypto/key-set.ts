import type { JsonWebKey, webcrypto } from 'node:crypto'
import { types } from 'node:util'
import { optionError } from '../errors/option-error'
import { isObject } from '../values/is-object'
import { jose } from './jose'
import { type CheckedKey, type PrivateKey, checkedKey } from './signing-key'

/** Private keys: a list, or a JWK Set (RFC 7517 5). The first one without `exp` signs. */
export type PrivateKeys = readonly PrivateKey[] | { readonly keys: readonly PrivateKey[] }

/** A private key with its id and its public half. */
export interface SigningKey extends CheckedKey {
  kid: string
  /** The public members only (RFC 7517 4), with `kid`, `alg` and `use`. */
  publicJwk: JsonWebKey
  /** The public half, ready to verify signatures. */
  verifier: webcrypto.CryptoKey
}

/** What may be told of a private key. */
export interface KeyDescription {
  kid: string
  alg: string
  /** The public members only (RFC 7517 4), with `kid`, `alg` and `use`. */
  publicJwk: JsonWebKey
}

/** Keys that are ready to use. */
export interface KeySet {
  /** The key that signs. */
  readonly signer: SigningKey
  /** The algorithms of all keys. */
  readonly algorithms: string[]
  /** Returns the key with this id, unless it has retired. `at`: milliseconds since the epoch. */
  find(kid: unknown, at: number): SigningKey | undefined
  /** Returns the public halves of the keys that have not retired. */
  published(at: number): JsonWebKey[]
}

/** Returns the checked keys. Throws an OptionError for the option `keys` if one is wrong. */
export function checkedKeys(input: unknown): CheckedKey[] {
  const list: unknown = isObject(input) && !Array.isArray(input) ? input['keys'] : input
  if (!Array.isArray(list)) {
    throw optionError(
      'keys',
      'must be an array of private keys, a JWK Set { keys: [...] }, or a function that returns ' +
        `one of them, such as keysFromFile(path)${hintFor(input)}`,
    )
  }
  // Array.from() also visits the holes of a list.
  const keys = Array.from(list, checkedKey)
  if (keys.length === 0)
    throw optionError('keys', 'is empty: "oauth2-kit keys generate" makes a key')
  for (const [at, { kid, publicKey }] of keys.entries()) {
    const others = keys.slice(0, at)
    if (kid !== undefined && others.some((other) => other.kid === kid))
      throw optionError('keys', `has two keys with the "kid" "${kid}": each needs its own`)
    if (others.some((other) => other.publicKey.equals(publicKey)))
      throw optionError('keys', 'has the same key twice: remove one of them')
  }
  if (!keys.some(signs)) {
    throw optionError(
      'keys',
      'has only keys with "exp", which retire: add one without "exp" to sign with',
    )
  }
  return keys
}

function hintFor(input: unknown): string {
  const isKey = types.isKeyObject(input) || types.isCryptoKey(input)
  if (isKey || (isObject(input) && typeof input['kty'] === 'string'))
    return ': wrap the key in an array, [key]'
  // Only what looks like a path is repeated, because any other text may be a key.
  const isPath = typeof input === 'string' && /^[\w./\\-]{1,200}\.json$/.test(input)
  return isPath ? `: for a file, write keysFromFile('${input}')` : ''
}

/**
 * Resolves with what may be told of the keys, in their order. Rejects with an OptionError for the
 * option `keys` if the server refuses them.
 */
export async function describedKeys(input: unknown): Promise<KeyDescription[]> {
  const keys = await Promise.all(checkedKeys(input).map(withId))
  return keys.map(({ kid, alg, publicJwk }) => ({ kid, alg, publicJwk }))
}

/** Resolves with the keys, ready to use. */
export async function keySetOf(checked: readonly CheckedKey[]): Promise<KeySet> {
  const keys = await Promise.all(checked.map(withId))
  const byId = new Map(keys.map((key) => [key.kid, key]))
  return {
    signer: keys.find(signs)!,
    algorithms: [...new Set(keys.map(({ alg }) => alg))],
    find(kid, at) {
      const key = byId.get(kid as string)
      return key && key.retiresAt > at ? key : undefined
    },
    published: (at) =>
      keys.filter(({ retiresAt }) => retiresAt > at).map(({ publicJwk }) => publicJwk),
  }
}

function signs({ retiresAt }: CheckedKey): boolean {
  return retiresAt === Infinity
}

async function withId(key: CheckedKey): Promise<SigningKey> {
  // The export of a public key has no private members.
  const jwk = key.publicKey.export({ format: 'jwk' })
  const { calculateJwkThumbprint, importJWK } = await jose()
  const kid = key.kid ?? (await calculateJwkThumbprint(jwk))
  const publicJwk = { ...jwk, kid, alg: key.alg, use: 'sig' }
  const verifier = (await importJWK(jwk, key.alg)) as webcrypto.CryptoKey
  return { ...key, kid, publicJwk, verifier }
}

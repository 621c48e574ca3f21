import type { JWK } from 'jose'
import { UsageError } from '../command'
import { KeyFileError } from './key-file-error'

/**
 * A private key of a JWK Set file (RFC 7517 4). `exp`, in seconds since 1970, is when a retired key
 * is no longer published.
 */
export type FileKey = JWK & { kid: string; alg: string; exp?: number }

/** What a key is for. Every key is published until it has ended. */
export type KeyState = 'signs' | 'next' | 'retired' | 'ended'

/** The default algorithm (RFC 7518 3.4). */
export const defaultAlgorithm = 'ES256'

/** The algorithms of new keys (RFC 7518 3.1, RFC 8037 3.1, RFC 9864 2.2). */
export const algorithms: readonly string[] = [
  defaultAlgorithm,
  'ES384',
  'ES512',
  'Ed25519',
  'EdDSA',
  'RS256',
  'PS256',
]

/** More algorithms that the server can sign with. */
const rarer: readonly string[] = ['RS384', 'RS512', 'PS384', 'PS512']

/** Throws a `UsageError` if the algorithm of `--alg` is unknown. */
export function assertAlgorithm(alg: string): void {
  if (algorithms.includes(alg)) return
  throw new UsageError(`--alg must be one of ${algorithms.join(', ')}`)
}

/** Resolves with a new private key, whose `kid` is its thumbprint (RFC 7638). */
export async function newKey(alg: string): Promise<FileKey> {
  const { calculateJwkThumbprint, exportJWK, generateKeyPair } = await import('jose')
  const { privateKey } = await generateKeyPair(alg, { extractable: true })
  const jwk = await exportJWK(privateKey)
  return { kid: await calculateJwkThumbprint(jwk), alg, use: 'sig', ...jwk }
}

/** Returns the public half of a key. Only members that are known to be public are in it. */
export function publicHalf({ kid, alg, kty, crv, x, y, n, e }: FileKey): JWK {
  return { kid, alg, use: 'sig', ...definedOnly({ kty, crv, x, y, n, e }) }
}

/** Returns the text of a file with these keys. */
export function textOf(keys: readonly FileKey[]): string {
  return `${JSON.stringify({ keys }, null, 2)}\n`
}

/**
 * Resolves with the keys in the text of a file. Rejects if one of them can't sign. `file` is its
 * name in messages, which never contain any of the text.
 */
export async function keysIn(text: string, file: string): Promise<FileKey[]> {
  const keys = listIn(text)
  if (keys === undefined || keys.length === 0)
    throw new KeyFileError(
      `${file} is not a JWK Set with private keys: oauth2-kit keys generate makes one`,
    )
  const checked = await Promise.all(keys.map((key, at) => checkedKey(key, at, file)))
  const kids = checked.map(({ kid }) => kid)
  const twice = kids.find((kid, at) => kids.indexOf(kid) !== at)
  if (twice !== undefined) throw new KeyFileError(`${file} has two keys with the kid "${twice}"`)
  return checked
}

/** Returns what each key is for, in the order of the keys. The first that is not retired signs. */
export function statesOf(keys: readonly FileKey[], now: number): KeyState[] {
  const signing = keys.find(({ exp }) => exp === undefined)
  return keys.map((key) => {
    if (key.exp !== undefined) return key.exp > now ? 'retired' : 'ended'
    return key === signing ? 'signs' : 'next'
  })
}

/** The keys after a rotation. */
export interface Rotation {
  keys: FileKey[]
  /** Whether another key signs than before. */
  changed: boolean
}

/**
 * Rotates keys: the next key signs, a new one becomes the next one, and the key that has signed until
 * now stays published for `keep` seconds. If no next key is there, the same key signs until the
 * next rotation, because no API has seen the new one yet. Keys that have ended are removed. `alg` is
 * the algorithm of the new key; `undefined` means that of the key before it.
 */
export async function rotate(
  keys: readonly FileKey[],
  { alg, keep, now }: { alg: string | undefined; keep: number; now: number },
): Promise<Rotation> {
  const current = keys.filter(({ exp }) => exp === undefined)
  const retired = keys.filter(({ exp }) => exp !== undefined && exp > now)
  const newAlg = alg ?? current.at(-1)?.alg ?? defaultAlgorithm
  const added = await newKey(newAlg)
  const [old, ...next] = current
  if (old === undefined) return { keys: [added, await newKey(newAlg), ...retired], changed: true }
  if (next.length === 0) return { keys: [old, added, ...retired], changed: false }
  const kept = keep > 0 ? [{ ...old, exp: now + keep }] : []
  return { keys: [...next, added, ...kept, ...retired], changed: true }
}

function definedOnly(members: JWK): JWK {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))
}

function listIn(text: string): unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(text)
    const keys: unknown = typeof value === 'object' && value !== null && Reflect.get(value, 'keys')
    return Array.isArray(keys) ? keys : undefined
  } catch {
    // The error isn't passed on: its message has a part of the text.
    return undefined
  }
}

async function checkedKey(key: unknown, at: number, file: string): Promise<FileKey> {
  const fails = (problem: string) => new Error(`${file}: keys[${at}] ${problem}`)
  if (!isKeyObject(key)) throw fails('is not a JWK')
  if (key.kty === 'oct') throw fails('is a shared secret; others could not verify its signatures')
  if (typeof key.d !== 'string') throw fails('is a public key; a private key is needed to sign')
  if (key.use !== undefined && key.use !== 'sig') throw fails('is not for signatures ("use")')
  const { exp } = key
  if (exp !== undefined && !(typeof exp === 'number' && Number.isFinite(exp)))
    throw fails('has an "exp" that is not a number of seconds')
  const alg = key.alg ?? usualAlgorithm(key)
  if (alg === undefined || ![...algorithms, ...rarer].includes(alg))
    throw fails(`needs an "alg": one of ${algorithms.join(', ')}`)
  const { calculateJwkThumbprint, importJWK } = await import('jose')
  try {
    await importJWK(key, alg)
    return { ...key, kid: key.kid ?? (await calculateJwkThumbprint(key)), alg, exp }
  } catch {
    // The error isn't passed on: its message may have a part of the key.
    throw fails(`is not a valid key for ${alg}`)
  }
}

function isKeyObject(value: unknown): value is JWK & { exp?: unknown } {
  return (
    typeof value === 'object' && value !== null && typeof Reflect.get(value, 'kty') === 'string'
  )
}

/** Returns the algorithm of a key that names none. */
function usualAlgorithm({ kty, crv = '' }: JWK): string | undefined {
  if (kty === 'RSA') return 'RS256'
  return { 'P-256': 'ES256', 'P-384': 'ES384', 'P-521': 'ES512', Ed25519: 'EdDSA' }[crv]
}

import { OptionError } from '@oauth2-kit/core'
import { type KeyDescription, describeKeys } from '@oauth2-kit/core/command'
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

/** Returns the text of a file with these keys. */
export function textOf(keys: readonly FileKey[]): string {
  return `${JSON.stringify({ keys }, null, 2)}\n`
}

/** The keys of a file, and their public halves in the same order. */
export interface KeysOfFile {
  keys: FileKey[]
  publicKeys: KeyDescription['publicJwk'][]
}

/**
 * Resolves with the keys in the text of a file. Rejects if a server refuses them. `file` is its name
 * in messages, which never contain any of the text.
 */
export async function keysIn(text: string, file: string): Promise<KeysOfFile> {
  const keys = listIn(text)
  if (keys === undefined || keys.length === 0)
    throw new KeyFileError(
      `${file} is not a JWK Set with private keys: oauth2-kit keys generate makes one`,
    )
  const described = await describedAs(keys, file)
  return {
    keys: described.map(({ kid, alg }, at) => ({ ...(keys[at] as JWK), kid, alg })),
    publicKeys: described.map(({ publicJwk }) => publicJwk),
  }
}

/** Like `keysIn`, but the file may also have only retired keys, to which a rotation adds another. */
export async function keysToRotate(text: string, file: string): Promise<FileKey[]> {
  const keys = listIn(text) ?? []
  if (keys.length === 0 || !keys.every(isRetired)) return (await keysIn(text, file)).keys
  const { keys: all } = await keysIn(textOf([...keys, await newKey(defaultAlgorithm)]), file)
  return all.slice(0, keys.length)
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

/** Resolves with what the server makes of the keys. Rejects with its reason if it refuses them. */
async function describedAs(keys: unknown[], file: string): Promise<KeyDescription[]> {
  try {
    return await describeKeys(keys)
  } catch (error) {
    if (!(error instanceof OptionError)) throw error
    throw new KeyFileError(`a server refuses ${file}: ${error.message}`)
  }
}

function isRetired(key: unknown): key is FileKey {
  return typeof key === 'object' && key !== null && Reflect.get(key, 'exp') !== undefined
}

import { hash, timingSafeEqual } from 'node:crypto'
import type { Hash } from '../contract/store'

/** Returns the hash that a store receives in place of a token. */
export function sha256(text: string): Hash {
  return hash('sha256', text, 'hex')
}

/** Compares two hashes of equal length in constant time. */
export function equalHashes(a: Hash, b: Hash): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b))
}

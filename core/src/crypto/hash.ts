import { hash, randomFillSync, timingSafeEqual } from 'node:crypto'
import type { Hash } from '../contract/store'

/** Returns the hash that a store receives in place of a token. */
export function sha256(text: string): Hash {
  return hash('sha256', text, 'hex')
}

/** Compares two hashes of equal length in constant time. */
export function equalHashes(a: Hash, b: Hash): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b))
}

// One fill serves hundreds of tokens. Requesting 20 bytes from the generator takes 25 times as long
// as taking them from this pool.
const pool = Buffer.allocUnsafeSlow(8192)
let taken = pool.length

/** Returns random bytes from the operating system's generator. `count` is at most 8,192. */
export function randomBytes(count: number): Buffer {
  if (taken + count > pool.length) {
    randomFillSync(pool)
    taken = 0
  }
  const bytes = Buffer.from(pool.subarray(taken, taken + count))
  pool.fill(0, taken, taken + count)
  taken += count
  return bytes
}

/** Returns `count` random bytes as lowercase hex. */
export function randomHex(count: number): string {
  return randomBytes(count).toString('hex')
}

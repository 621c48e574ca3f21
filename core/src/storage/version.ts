import { randomHex } from '../crypto/random'

const versionBytes = 16

/** Returns a unique version for a new state of a client or user. */
export function newVersion(): string {
  return randomHex(versionBytes)
}

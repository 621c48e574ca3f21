import { randomHex } from '../crypto/hash'

const versionBytes = 16

/** A version for a new state of a client or user: no other has it. */
export function newVersion(): string {
  return randomHex(versionBytes)
}

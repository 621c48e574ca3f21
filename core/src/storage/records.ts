import { sha256 } from '../crypto/hash'

/** A native expiry may run on another clock, which must not remove a record too early. */
export const expiryMarginMs = 60_000

/**
 * Returns the key of a record: a hash, so that nothing that is presented can be read in the store. The
 * first part is the kind of the record.
 */
export function recordKey(...parts: readonly [kind: string, ...ids: string[]]): string {
  return sha256(JSON.stringify(parts))
}

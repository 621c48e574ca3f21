import type { Emit, RevokedEvent } from '../events'
import type { Selector, Store } from '../contract/store'
import { assertSelector } from '../contract/ids'

/**
 * Returns a function that revokes grants and resolves with their number. It emits `grant.revoked`
 * if there were any, with the ids of the selector or of `known`. It throws an OptionError for a
 * selector without a valid set of ids.
 */
export function revoking(revoke: Store['revoke'], emit: Emit | undefined) {
  return async (
    selector: Selector,
    known: Omit<RevokedEvent, 'grants'> = selector,
  ): Promise<number> => {
    assertSelector(selector)
    const grants = await revoke(selector)
    if (grants > 0) emit?.('grant.revoked', { ...known, grants })
    return grants
  }
}

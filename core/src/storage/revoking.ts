import type { Emit, RevokedEvent } from '../events'
import type { Selector, Store } from '../contract/store'
import { assertSelector } from '../contract/ids'

/**
 * Revokes grants, and tells it if there were any: what the selector says of them, or what is known
 * besides. Throws a TypeError for a selector that selects nothing in particular.
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

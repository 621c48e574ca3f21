import type { Store } from '../contract/store'
import { sha256 } from '../crypto/hash'

/** A native expiry may run on another clock, which must not forget a use too early. */
const marginMs = 60_000

/** What is used: its kind, who presents it, and its id. */
export type Use = readonly [kind: string, owner: string, id: string]

/**
 * Resolves with whether something that may be used once is used for the first time. Exactly one of
 * any number of callers gets `true`. `until` is when it expires anyway, in milliseconds since the
 * epoch.
 */
export async function isFirstUse(
  store: Pick<Store, 'addRecord'>,
  use: Use,
  until: number,
): Promise<boolean> {
  const expiresAt = Math.ceil(until) + marginMs
  return store.addRecord({ key: sha256(JSON.stringify(use)), data: '{}', expiresAt })
}

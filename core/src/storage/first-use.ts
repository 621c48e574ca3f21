import type { Store } from '../contract/store'
import { expiryMarginMs, recordKey } from './records'

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
  const expiresAt = Math.ceil(until) + expiryMarginMs
  return store.addRecord({ key: recordKey(...use), data: '{}', expiresAt })
}

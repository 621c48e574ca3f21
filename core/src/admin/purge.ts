import type { Store } from '../contract/store'
import { assertMethods } from '../contract/needs-store'
import { type PurgeOptions, purgeOptions } from './purge-options'

/** The part of a store that purging needs. */
export type PurgeStore = Pick<Store, 'purge'>

/**
 * Removes all entries that expired more than `retentionSeconds` ago, in batches, and resolves with
 * their number. Rejects if the store fails. Batches removed before the failure stay removed.
 */
export async function purge(store: PurgeStore, options: PurgeOptions = {}): Promise<number> {
  assertMethods(store, ['purge'], 'purge()')
  let deleted = 0
  for await (const removed of purgeBatches(store, purgeOptions(options))) deleted += removed
  return deleted
}

/** Calls the store once per step and yields the number of removed entries. */
export async function* purgeBatches(
  store: PurgeStore,
  { batch, retentionSeconds, now }: Required<PurgeOptions>,
): AsyncGenerator<number, void, undefined> {
  // The time is read once. Otherwise the loop might never end while more entries expire.
  const shortLived = Math.floor(now())
  const before = { credentials: Math.floor(shortLived - retentionSeconds * 1000), shortLived }
  for (;;) {
    const { deleted, more } = await store.purge(before, batch)
    yield deleted
    // If a batch removed nothing, another call would not either, and the loop would never end.
    if (!more || deleted === 0) return
    // A store that resolves immediately must not block pending requests.
    await new Promise((resolve) => setImmediate(resolve))
  }
}

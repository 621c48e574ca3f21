import type { Store } from '../contract/store'
import { type PurgeOptions, purgeOptions } from './purge-options'

/** A store, as far as purging needs it. */
export type PurgeStore = Pick<Store, 'purge'>

/**
 * Removes all that expired longer than `retentionSeconds` ago, one batch after the other, and gives
 * the number of removed entries. Rejects with the store's error; what was removed stays removed.
 */
export async function purge(store: PurgeStore, options: PurgeOptions = {}): Promise<number> {
  const given = purgeOptions(options)
  let deleted = 0
  for await (const removed of purgeBatches(store, given)) deleted += removed
  return deleted
}

/** One call of the store a step; gives how many entries it removed. */
export async function* purgeBatches(
  store: PurgeStore,
  { batch, retentionSeconds, now }: Required<PurgeOptions>,
): AsyncGenerator<number, void, undefined> {
  // Fixed, so that it ends however much expires meanwhile.
  const shortLived = Math.floor(now())
  const before = { credentials: Math.floor(shortLived - retentionSeconds * 1000), shortLived }
  for (;;) {
    const { deleted, more } = await store.purge(before, batch)
    yield deleted
    // Where nothing can be removed, asking again would go on for ever.
    if (!more || deleted === 0) return
    // A store that answers at once must not keep requests from getting in between.
    await new Promise((resolve) => setImmediate(resolve))
  }
}

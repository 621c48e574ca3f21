import type { Store } from '../contract/store'
import { assertMethods } from '../contract/needs-store'
import { type PurgeOptions, type PurgeSettings, purgeOptions } from './purge-options'
import { type UnusedClientsStore, assertRemoves, removeUnusedClients } from './unused-clients'

/** The part of a store that purging needs. Only the removal of unused clients needs all methods. */
export type PurgeStore = Pick<Store, 'purge'> & Partial<UnusedClientsStore>

/**
 * Removes all entries that expired more than `retentionSeconds` ago, in batches, and resolves with
 * their number. With `unusedClientsSeconds`, also removes unused clients that registered themselves.
 * Rejects if the store fails. What was removed before the failure stays removed.
 */
export async function purge(store: PurgeStore, options: PurgeOptions = {}): Promise<number> {
  const settings = purgeOptions(options)
  assertPurges(store, settings, 'purge()')
  let deleted = 0
  for await (const removed of purgeBatches(store, settings)) deleted += removed
  for await (const removed of purgeClients(store, settings)) deleted += removed
  return deleted
}

/** Throws an OptionError if the store lacks a method that is needed. `of` is the function. */
export function assertPurges(
  store: PurgeStore,
  { unusedClientsSeconds }: PurgeSettings,
  of: string,
): void {
  assertMethods(store, ['purge'], of)
  if (unusedClientsSeconds !== undefined) assertRemoves(store, of)
}

/** Removes the unused clients, if this is wanted, and yields the number of removed ones. */
export async function* purgeClients(
  store: PurgeStore,
  { unusedClientsSeconds: unusedSeconds, now }: PurgeSettings,
): AsyncGenerator<number, void, undefined> {
  if (unusedSeconds === undefined) return
  yield* removeUnusedClients(store as UnusedClientsStore, { unusedSeconds, now })
}

/** Calls the store once per step and yields the number of removed entries. */
export async function* purgeBatches(
  store: Pick<Store, 'purge'>,
  { batch, retentionSeconds, now }: PurgeSettings,
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

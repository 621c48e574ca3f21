import { assertMethods } from '../contract/needs-store'
import type { Client, Store } from '../contract/store'
import { newVersion } from '../storage/version'

/** The methods of a store that the removal of unused clients needs. */
const methods = ['listClients', 'updateClient', 'deleteClient', 'listGrants'] as const

/** The part of a store that the removal of unused clients needs. */
export type UnusedClientsStore = Pick<Store, (typeof methods)[number]>

/** Throws an OptionError if the store lacks a method that the removal needs. `of` is the function. */
export function assertRemoves(
  store: Partial<UnusedClientsStore>,
  of: string,
): asserts store is UnusedClientsStore {
  assertMethods(store, [...methods], of)
}

const pageSize = 100
/** `usedAt` is set at most once a day. */
const accuracyMs = 86_400_000

/**
 * Removes the clients that registered themselves at least `unusedSeconds` ago, have not been used since
 * then, and have no grant left. Yields the number of removed clients for each page of clients.
 */
export async function* removeUnusedClients(
  store: UnusedClientsStore,
  { unusedSeconds, now }: { unusedSeconds: number; now: () => number },
): AsyncGenerator<number, void, undefined> {
  const before = now() - unusedSeconds * 1000
  let after: string | undefined
  do {
    const page = await store.listClients({
      ...(after !== undefined && { after }),
      limit: pageSize,
    })
    after = page.length < pageSize ? undefined : page.at(-1)?.id
    let removed = 0
    for (const client of page) {
      if (isUnused(client, before) && (await remove(store, client, now))) removed++
    }
    yield removed
  } while (after !== undefined)
}

function isUnused({ registration }: Client, before: number): boolean {
  if (registration?.method !== 'dynamic') return false
  const { issuedAt, usedAt = -Infinity } = registration
  // The negated comparison keeps a client whose times are not numbers.
  return Math.max(issuedAt, usedAt + accuracyMs) < before
}

/**
 * Removes a client unless it is used at the same time. It is retired first, so that a grant that was
 * not issued before then is refused.
 */
async function remove(
  store: UnusedClientsStore,
  client: Client,
  now: () => number,
): Promise<boolean> {
  const registration = client.registration!
  const isRetired = registration.retired === true
  // Most clients with grants are not changed at all.
  if (!isRetired && (await hasGrants(store, client.id))) return false
  const retired: Client = {
    ...client,
    version: newVersion(),
    registration: { ...registration, retired: true },
  }
  // Another call has changed the client, which may be its use.
  if (!(await store.updateClient(retired, client.version))) return false
  if (await hasGrants(store, client.id)) {
    const { retired: _, ...rest } = registration
    const restored = { ...rest, usedAt: Math.floor(now()) }
    await store.updateClient(
      { ...client, version: newVersion(), registration: restored },
      retired.version,
    )
    return false
  }
  await store.deleteClient(client.id)
  return true
}

async function hasGrants(store: UnusedClientsStore, clientId: string): Promise<boolean> {
  let after: string | null = null
  do {
    const page = await store.listGrants(
      { clientId },
      { ...(after !== null && { after }), limit: 1 },
    )
    if (page.grants.length > 0) return true
    after = page.next
  } while (after !== null)
  return false
}

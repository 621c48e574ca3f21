import type { Client } from '../contract/store'
import { authMethodsOf } from '../protocol/client-authentication'
import { RecentMap } from '../values/recent-map'
import type { ClientSecrets } from './client-secrets'
import type { RememberedClientStorage } from './storage'
import { clientRecordOf, storageClient } from './store-client'

/** How long a client is remembered, in milliseconds. */
const rememberMs = 10_000
const mostClients = 1000

/** Thrown if a remembered client is no longer the one in the store: it must be read. */
export class StaleClientError extends Error {}

interface RememberedClients extends RememberedClientStorage {
  /** Forgets the client with this id unless it is still the one in the store. */
  compare(id: string, inStore: Client | null): void
}

/**
 * Remembers clients for ten seconds, in the memory of this process, so that a request that only issues
 * tokens need not read its client: `issue` refuses a client that has changed. So a change through the
 * store counts at once. A change that leaves the version of the client as it was, such as an UPDATE by
 * hand, counts after these ten seconds. Keeps at most 1,000 clients.
 */
export function rememberedClients(secrets: ClientSecrets): RememberedClients {
  const clients = new RecentMap<{ client: Client; at: number }>(mostClients)

  function get(id: string): Client | undefined {
    const found = clients.get(id)
    return found && performance.now() - found.at < rememberMs ? found.client : undefined
  }

  return {
    add(client, readAt) {
      const record = clientRecordOf(client)
      if (!record?.secretHash || readAt < (clients.get(record.id)?.at ?? 0)) return
      clients.set(record.id, { client: record, at: readAt })
    },

    async authenticate({ id, secrets: sent, assertion, method }) {
      const client = get(id)
      if (!client || assertion !== undefined || secrets.isGuess(client, sent)) return undefined
      if (method && !authMethodsOf(client).includes(method)) return undefined
      if (!(await secrets.areRight(client, sent))) return undefined
      return storageClient(client, { isRemembered: true })
    },

    compare(id, inStore) {
      if (clients.get(id)?.client.version !== inStore?.version) clients.delete(id)
    },
  }
}

import type { Client, Page, Selector } from '@oauth2-kit/core'
import type { Database } from './database'
import { listed } from './listed'
import { jsonBehind } from './rows'
import { type Keys, noVersion, part } from './schema'
import { deleteClientScript, keepClientScript } from './scripts/client'

/** The methods for registered clients. `revoke` revokes the grants of a client that is deleted. */
export function clientMethods(
  database: Database,
  keys: Keys,
  revoke: (selector: Selector) => Promise<number>,
) {
  const { isCluster, send, write, run } = database

  async function getClient(id: string): Promise<Client | null> {
    const found = await send<string | null>('get', keys.client(id))
    return found === null ? null : (jsonBehind(1, found) as Client)
  }

  /** Stores a client. `before` is the version that it replaces. */
  async function keep(client: Client, before: string): Promise<boolean> {
    const { id, version } = client
    const outcome = await run(
      keepClientScript,
      isCluster ? [keys.client(id)] : [keys.client(id), keys.clients],
      [part(version), before, JSON.stringify(client), id],
    )
    if (outcome !== 'kept') return false
    // On a Cluster, a client is stored before it is added to the list, and deleteClient() takes it
    // off the list before it removes it. So even if two calls interleave, a stored client is
    // listed.
    if (isCluster) await write('zadd', keys.clients, 0, id)
    return true
  }

  return {
    getClient,

    createClient: (client: Client): Promise<boolean> => keep(client, noVersion),

    updateClient: (client: Client, version: string): Promise<boolean> =>
      keep(client, part(version)),

    async deleteClient(id: string): Promise<void> {
      if (isCluster) {
        await write('zrem', keys.clients, id)
        await write('unlink', keys.client(id))
      } else {
        await run(deleteClientScript, [keys.client(id), keys.clients], [id])
      }
      // Grants that are issued from now on see that the client is gone. Earlier ones are in the
      // index.
      await revoke({ clientId: id })
    },

    listClients: (page: Page): Promise<Client[]> =>
      listed(database, keys.clients, page, (ids) => Promise.all(ids.map(getClient))),
  }
}

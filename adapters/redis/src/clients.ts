import type { Client, Page, Selector } from '@oauth2-kit/core'
import type { Connection } from './connection'
import type { Keys } from './schema'

/** Registered clients; `revoke` ends the grants of one that is deleted. */
export function clientsOf(
  { send, write }: Connection,
  keys: Keys,
  revoke: (selector: Selector) => Promise<number>,
) {
  async function getClient(id: string): Promise<Client | null> {
    const found = await send<string | null>('get', keys.client(id))
    return found === null ? null : (JSON.parse(found) as Client)
  }

  return {
    getClient,

    // Kept before it is listed, and the other way round below: in whatever order two calls come, a
    // client that is kept is listed.
    async saveClient(client: Client): Promise<void> {
      await write('set', keys.client(client.id), JSON.stringify(client))
      await write('zadd', keys.clients, 0, client.id)
    },

    async deleteClient(id: string): Promise<void> {
      await write('zrem', keys.clients, id)
      await write('unlink', keys.client(id))
      await revoke({ clientId: id })
    },

    async listClients({ after, limit }: Page): Promise<Client[]> {
      const clients: Client[] = []
      let from = after === undefined ? '-' : `(${after}`
      while (clients.length < limit) {
        const page = ['BYLEX', 'LIMIT', 0, limit - clients.length]
        // oxlint-disable-next-line no-await-in-loop -- the next page begins where this one ends
        const ids = await send<string[]>('zrange', keys.clients, from, '+', ...page)
        // oxlint-disable-next-line no-await-in-loop
        const found = await Promise.all(ids.map(getClient))
        clients.push(...found.filter((client) => client !== null))
        const last = ids.at(-1)
        if (last === undefined) break
        from = `(${last}`
      }
      return clients
    },
  }
}

import type { Client, Page, Store } from '@oauth2-kit/core'
import { isCreated } from './created'
import type { Database } from './database'
import { clientFields } from './fields'
import { clientRow, toClient } from './rows'

/** The methods for registered clients. `revoke` revokes the grants of a client that is deleted. */
export function clientMethods(database: Database, revoke: Store['revoke']) {
  const { ask } = database

  async function getClient(id: string): Promise<Client | null> {
    const row = await ask(({ clients }) =>
      clients.findUnique({ where: { id }, select: clientFields }),
    )
    // The collation of the column may treat another id as equal.
    return row?.id === id ? toClient(row) : null
  }

  async function isThere({ id, version }: Client): Promise<boolean> {
    return (await getClient(id))?.version === version
  }

  return {
    getClient,

    async createClient(client: Client): Promise<boolean> {
      const row = clientRow(client)
      const created = await isCreated(database, ({ clients }, orSkip) =>
        clients.createMany({ data: [row], ...orSkip }),
      )
      return created || isThere(client)
    },

    async updateClient(client: Client, version: string): Promise<boolean> {
      const { id, version: next, data } = clientRow(client)
      const { count } = await ask(({ clients }) =>
        clients.updateMany({ where: { id, version }, data: { version: next, data } }),
      )
      return count > 0 || isThere(client)
    },

    async deleteClient(id: string): Promise<void> {
      // Delete the client first. Later grants are refused without it, and earlier ones are revoked.
      await ask(({ clients }) => clients.deleteMany({ where: { id } }))
      await revoke({ clientId: id })
    },

    async listClients({ after = '', limit }: Page): Promise<Client[]> {
      const rows = await ask(({ clients }) =>
        clients.findMany({
          where: { id: { gt: after } },
          select: clientFields,
          orderBy: [{ id: 'asc' }],
          take: limit,
        }),
      )
      return rows.map(toClient)
    },
  }
}

import type { Client, Page, Store } from '@oauth2-kit/core'
import type { Database } from './database'
import { keyedTable } from './keyed-table'
import type { ClientRow } from './schema'

/** The methods for registered clients. `revoke` revokes the grants of a client that is deleted. */
export function clientMethods(database: Database, revoke: Store['revoke']) {
  const clients = keyedTable<ClientRow>(database, 'clients', ['id', 'version', 'data'])

  /**
   * Resolves with whether a write that changed nothing was made before, by an attempt whose reply
   * was lost.
   */
  async function isThere({ id, version }: Client): Promise<boolean> {
    return (await clients.current('id', id))?.version === version
  }

  return {
    async getClient(id: string): Promise<Client | null> {
      const row = await clients.find('id', id)
      return row && toClient(row)
    },

    async createClient(client: Client): Promise<boolean> {
      return (await clients.insertNew(toRow(client))) || isThere(client)
    },

    async updateClient(client: Client, version: string): Promise<boolean> {
      const row = toRow(client)
      const replaced = await clients.replace(
        row,
        (next) => `${clients.column('version')} = ${next(version)}`,
      )
      return replaced || isThere(client)
    },

    async deleteClient(id: string): Promise<void> {
      // Delete the client first. Later grants are refused without it, and earlier ones are revoked.
      await clients.remove(id)
      await revoke({ clientId: id })
    },

    async listClients(page: Page): Promise<Client[]> {
      return (await clients.list(page)).map(toClient)
    },
  }
}

function toRow(client: Client): ClientRow {
  const { id, version } = client
  return { id, version, data: JSON.stringify(client) }
}

function toClient({ data }: ClientRow): Client {
  return JSON.parse(data) as Client
}

import type { Client, Page } from '@oauth2-kit/core'
import type { Database } from './database'
import { keyedTable } from './keyed-table'
import { assertKeys, isKey } from './rows'
import type { TableNames } from './tables'
import type { ClientRow } from './schema'

/** The methods for registered clients. `removeClient` does not revoke their grants. */
export function clientsOf(database: Database, tables: TableNames) {
  const clients = keyedTable<ClientRow>(database, tables.clients, ['id', 'version', 'data'])

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
      if (!isKey(version)) return false
      const replaced = await clients.replace(
        row,
        (next) => `${clients.column('version')} = ${next(version)}`,
      )
      return replaced || isThere(client)
    },

    removeClient: (id: string) => clients.remove(id),

    async listClients(page: Page): Promise<Client[]> {
      return (await clients.list(page)).map(toClient)
    },
  }
}

function toRow(client: Client): ClientRow {
  const { id, version } = client
  assertKeys({ id, version })
  return { id, version, data: JSON.stringify(client) }
}

function toClient({ data }: ClientRow): Client {
  return JSON.parse(data) as Client
}

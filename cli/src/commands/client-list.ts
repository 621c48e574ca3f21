import { type Client, listClients, withoutSecret } from '@oauth2-kit/core'
import { shown, table } from '../table'
import type { StoreCommand } from '../with-store'

export const listClientsCommand: StoreCommand = {
  name: 'client list',
  summary: 'lists all clients',
  positionals: [],
  options: {},

  async run(_given, store) {
    const clients: Client[] = []
    for await (const client of listClients(store)) clients.push(client)
    const rows = clients.map(({ id, name, type, grantTypes, scopes, registration }) =>
      [id, name, type, grantTypes, scopes ?? 'any', registration && 'itself'].map(shown),
    )
    const headings = ['ID', 'NAME', 'TYPE', 'GRANT TYPES', 'SCOPES', 'REGISTERED']
    // The last column is only for clients that registered themselves.
    const columns = clients.some(({ registration }) => registration) ? 6 : 5
    return {
      json: clients.map(withoutSecret),
      text:
        rows.length === 0
          ? 'There are no clients.'
          : table([headings, ...rows].map((row) => row.slice(0, columns))),
    }
  },
}

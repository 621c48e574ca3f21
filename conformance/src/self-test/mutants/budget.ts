import type { Store } from '@oauth2-kit/core'
import type { Table } from '../../reference/tables'
import type { Mutant } from '../mutant'

/** What a method scans from end to end if one index is missing. */
const scans: readonly (readonly [method: keyof Store, table: Table, what: string])[] = [
  ['getUserByUsername', 'users', 'has no index on the username'],
  ['listClients', 'clients', 'orders all clients for each page'],
  ['listUsers', 'users', 'orders all users for each page'],
  ['listGrants', 'grants', 'has no index on the client'],
  ['revoke', 'credentials', 'has no index for the cascade to the credentials'],
  ['deleteClient', 'grants', 'has no index on the client of a grant'],
  ['deleteUser', 'grants', 'has no index on the user of a grant'],
  ['purge', 'credentials', 'has no index on the expiry'],
]

export const budgetMutants: Mutant[] = scans.map(([method, table, what]) => ({
  name: `${method}() ${what}, and scans the table`,
  caughtBy: 'budget.index',
  breaks: ({ store, run }) => ({
    [method]: async (...args: unknown[]) => {
      await run({ do: 'select', table, where: {} })
      return (store[method] as (...args: unknown[]) => Promise<unknown>)(...args)
    },
  }),
}))

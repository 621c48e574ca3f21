import { withKeyRules } from '@oauth2-kit/core/store-kit'
import type { Manifest, Store } from '@oauth2-kit/core'
import { check } from './check'
import { clientMethods } from './clients'
import { credentialMethods } from './credentials'
import type { Database } from './database'
import { engineOf } from './engine'
import { grantMethods } from './grants'
import { assertForeignKey } from './metadata'
import { purging } from './purge'
import { recordMethods } from './records'
import { credentialStatements } from './statements'
import type { TableNames } from './tables'
import { userMethods } from './users'

/** Returns the methods of the contract, on the tables with those names. */
export function createStore(
  database: Database,
  tables: TableNames,
  batchSize: number,
): Required<Store> {
  assertForeignKey(database.dataSource, tables.credentials)
  const statements = credentialStatements(database.dataSource, tables)
  const { purge, removeEmpty } = purging(database, tables, batchSize)
  const { has, ...grants } = grantMethods(database, statements, batchSize, removeEmpty)
  const revoke: Store['revoke'] = (selector) => grants.revoke(selector)

  return withKeyRules({
    supports: manifestOf(database),
    ...clientMethods(database, tables, revoke),
    ...credentialMethods(database, statements, has),
    ...grants,
    ...recordMethods(database, tables),
    ...userMethods(database, tables, revoke),
    purge,
    check: () => check(database, tables),
  })
}

function manifestOf({ dataSource }: Database): Manifest {
  const { options } = dataSource
  const inMemory =
    options.type === 'sqljs' ||
    (options.type === 'better-sqlite3' && options.database === ':memory:')
  return Object.freeze({
    contract: 1,
    roundTrips: Object.freeze({
      find: 1,
      issue: 1,
      redeem: 1,
      extend: 1,
      revoke: 1,
      addRecord: 1,
      takeRecord: engineOf(dataSource).returning ? 1 : 2,
    }),
    cleanup: 'purge',
    users: true,
    durable: !inMemory,
    tenants: true,
    multiProcess: !inMemory,
  })
}

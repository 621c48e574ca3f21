import { withKeyRules } from '@oauth2-kit/core/store-kit'
import type { Manifest, Store } from '@oauth2-kit/core'
import { check } from './check'
import { clientMethods } from './clients'
import { credentialMethods } from './credentials'
import { type Database, openDatabase } from './database'
import type { SqlExecutor } from './executor'
import { grantMethods } from './grants'
import { purging } from './purge'
import { recordMethods } from './records'
import { credentialStatements } from './statements'
import type { TableReferences } from './tables'
import { userMethods } from './users'

/**
 * Returns the methods of the contract on tables that may have any path and names of columns. It is
 * for packages that find the tables by themselves; applications call `sqlStore()`. `howToMigrate` is
 * what `check()` says about a missing table.
 */
export function storeOn(
  executor: SqlExecutor,
  references: TableReferences,
  batchSize: number,
  howToMigrate = 'call migrate() of the store, or run "oauth2-kit sql migrate"',
): Required<Store> {
  const database = openDatabase(executor, references)
  const statements = credentialStatements(database)
  const { purge, removeEmpty } = purging(database, batchSize)
  const { has, ...grants } = grantMethods(database, statements, batchSize, removeEmpty)
  const revoke: Store['revoke'] = (selector) => grants.revoke(selector)

  return withKeyRules({
    supports: manifestOf(database),
    ...clientMethods(database, revoke),
    ...credentialMethods(database, statements, has),
    ...grants,
    ...recordMethods(database),
    ...userMethods(database, revoke),
    purge,
    check: () => check(database, howToMigrate),
  })
}

function manifestOf({ dialect, executor: { inMemory = false } }: Database): Manifest {
  return Object.freeze({
    contract: 1,
    roundTrips: Object.freeze({
      find: 1,
      issue: 1,
      redeem: 1,
      extend: 1,
      revoke: 1,
      addRecord: 1,
      takeRecord: dialect.returning ? 1 : 2,
    }),
    cleanup: 'purge',
    users: true,
    durable: !inMemory,
    tenants: true,
    multiProcess: !inMemory,
  })
}

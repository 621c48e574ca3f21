import type { Store } from '@oauth2-kit/core'
import { OptionError, optionError } from '@oauth2-kit/core/store-kit'
import { storeOn, tableNames } from '@oauth2-kit/sql'
import type { DataSource, EntityManager } from 'typeorm'
import { dataSourceOf } from './data-source'
import { executorOf } from './executor'
import { assertForeignKey, referencesIn } from './metadata'
import { type TypeormStoreOptions, readStoreOptions } from './options'
import { checkedServer } from './server'
import { dialectOf } from './types'

export type { TableNames } from '@oauth2-kit/sql'
export type { DatabaseType } from './types'
export { type OAuthTables, oauthTables } from './schema'

export type { TypeormStoreOptions } from './options'

/** A store in a database that TypeORM supports. */
export type TypeormStore = Required<Store>

/**
 * Returns a store on your own DataSource, which must be initialized and have the entities of
 * `oauthTables()`. The store neither closes nor configures it. With the manager of a transaction,
 * everything that the store does is part of that transaction. Throws a TypeError if the set-up is
 * wrong.
 */
export function typeormStore(
  source: DataSource | EntityManager,
  options: TypeormStoreOptions = {},
): TypeormStore {
  const manager = managerOf(source)
  const { batchSize, tables: given } = readStoreOptions(options)
  const tables = tableNames(given, 'typeormStore()')
  const dataSource = dataSourceOf(manager)
  dialectOf(dataSource)
  if (!dataSource.isInitialized)
    throw optionError('dataSource', 'is not initialized: await dataSource.initialize() first')
  const references = referencesIn(dataSource, tables)
  assertForeignKey(dataSource, tables.credentials)
  const store = storeOn(
    executorOf(manager),
    references,
    batchSize,
    'run the migrations of oauthTables()',
  )
  return { ...store, check: () => checkedServer(manager, store.check) }
}

function managerOf(source: DataSource | EntityManager): EntityManager {
  if (source !== null && typeof source === 'object') {
    // A manager has the member `dataSource`, which TypeORM 0.3 calls `connection`.
    if ('manager' in source) return source.manager
    if ('dataSource' in source || 'connection' in source) return source
  }
  throw new OptionError(
    'dataSource',
    'typeormStore() takes a DataSource of typeorm, or its EntityManager',
  )
}

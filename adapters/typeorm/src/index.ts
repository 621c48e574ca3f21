import type { Store } from '@oauth2-kit/core'
import type { DataSource, EntityManager } from 'typeorm'
import { databaseOf } from './database'
import { engineOf } from './engine'
import { type TableNames, tableNames } from './schema'
import { storeOn } from './store'

export { type DatabaseType, type OAuthTables, type TableNames, oauthTables } from './schema'

/** Options of `typeormStore()`. */
export interface TypeormStoreOptions {
  /** The names of the tables, as `oauthTables()` was given them. @default the names of TableNames */
  tables?: Partial<TableNames>
  /**
   * Rows that one statement of `purge` removes, and grants that one statement of a mass revocation
   * removes: how long others may wait for it. After each batch comes a pause as long as the batch has
   * taken. @default 20
   */
  batchSize?: number
}

/** The defaults of `typeormStore()`. */
export const defaults = Object.freeze({ batchSize: 20 })

/** A store in a database that TypeORM speaks to. */
export type TypeormStore = Required<Store>

const mostPerStatement = 10_000

/**
 * A store on your own DataSource, which must be initialized and have the entities of
 * `oauthTables()`; it is never closed or configured. With the manager of a transaction, all that the
 * store does is part of that transaction. Throws a TypeError for what is set up wrong.
 */
export function typeormStore(
  source: DataSource | EntityManager,
  options: TypeormStoreOptions = {},
): TypeormStore {
  const manager = managerOf(source)
  const { batchSize = defaults.batchSize } = assertOptions(options)
  const tables = tableNames(options.tables)
  engineOf(manager.dataSource)
  if (!manager.dataSource.isInitialized)
    throw new TypeError('"dataSource" is not initialized: await dataSource.initialize() first')
  return storeOn(databaseOf(manager), tables, batchSize)
}

function managerOf(source: DataSource | EntityManager): EntityManager {
  if (source !== null && typeof source === 'object') {
    // A manager has its DataSource, a DataSource its manager.
    if ('dataSource' in source) return source
    if ('manager' in source) return source.manager
  }
  throw new TypeError('typeormStore() takes a DataSource of typeorm, or its EntityManager')
}

function assertOptions(options: TypeormStoreOptions): TypeormStoreOptions {
  const known = ['tables', 'batchSize']
  const unknown = Object.keys(options).find((name) => !known.includes(name))
  if (unknown !== undefined)
    throw new TypeError(`Unknown option "${unknown}" of typeormStore(): take ${known.join(', ')}`)
  const { batchSize = 1 } = options
  if (!Number.isInteger(batchSize) || batchSize < 1 || batchSize > mostPerStatement) {
    throw new TypeError(`"batchSize" must be a whole number of rows from 1 to ${mostPerStatement}`)
  }
  return options
}

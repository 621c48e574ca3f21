import type { Store } from '@oauth2-kit/core'
import { dialects } from './dialect'
import { type SqlExecutor, assertExecutor } from './executor'
import { migrate } from './migrate'
import { type SqlStoreOptions, readStoreOptions } from './options'
import { storeOn } from './store'
import { assertNamesFit } from './tables'

/** A store in a SQL database. */
export type SqlStore = Required<Store> & {
  /**
   * Creates the tables of the store, or what is missing of them, and resolves with the version of
   * the tables. It can be called again, and by several processes at the same time. The store never
   * calls it.
   */
  migrate(): Promise<number>
}

/**
 * Returns a store on your own connection to PostgreSQL, MariaDB, MySQL or SQLite. It neither closes
 * nor configures the connection. Throws a TypeError if the executor or an option is wrong.
 */
export function sqlStore(executor: SqlExecutor, options: SqlStoreOptions = {}): SqlStore {
  return sqlStoreFor(executor, options, 'sqlStore()')
}

/** The same for the function with the name `of`, which error messages name. */
export function sqlStoreFor(executor: SqlExecutor, options: SqlStoreOptions, of: string): SqlStore {
  const { references, batchSize, schemaOptions } = readStoreOptions(options, of)
  assertExecutor(executor)
  assertNamesFit(dialects[executor.dialect], schemaOptions.tables)
  return {
    ...storeOn(executor, references, batchSize),
    migrate: () => migrate(executor, schemaOptions),
  }
}

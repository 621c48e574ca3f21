import { OptionError, optionError } from '@oauth2-kit/core/store-kit'
import type { SqlResult, SqlValue } from '../executor'
import type { SqlStoreOptions } from '../options'
import { type SqlStore, sqlStoreFor } from '../sql-store'
import { type LendingPool, pooledExecutor } from '../pooled'
import { type TimeoutOptions, takeTimeout } from '../timeout'

/** A connection of `mariadb`, or one that has its methods. */
export interface MariadbConnection {
  execute(statement: MariadbStatement, values: SqlValue[]): Promise<unknown>
}

/** A pool of `mariadb`, or one that has its methods. */
export interface MariadbPool extends MariadbConnection, LendingPool<MariadbConnection> {}

/** One statement, with what it overrides of the options of the connection. */
export interface MariadbStatement {
  sql: string
  rowsAsArray: boolean
  metaAsArray: boolean
  nestTables: boolean
  namedPlaceholders: boolean
  bigIntAsNumber: boolean
  decimalAsNumber: boolean
  typeCast?: never
}

/** Options of `mariadbStore()`. */
export interface MariadbStoreOptions extends SqlStoreOptions, TimeoutOptions {
  /** The SQL of the server. That of `mysql` runs on both. @default 'mariadb' */
  dialect?: 'mariadb' | 'mysql'
}

export type { SqlStore, SqlStoreOptions }

/**
 * Returns a store in MariaDB or MySQL on your own pool of `mariadb` 3. With a connection instead of a
 * pool, everything that the store does is part of the transaction of that connection. Throws a
 * TypeError if the set-up is wrong.
 */
export function mariadbStore(
  pool: MariadbPool | MariadbConnection,
  options: MariadbStoreOptions = {},
): SqlStore {
  const { execute, of } = Object(pool) as Partial<MariadbPool & { of: unknown }>
  // A cluster would also read from replicas, which may not have received a revocation yet.
  const isCluster = typeof of === 'function'
  if (isCluster || typeof execute !== 'function') {
    throw new OptionError(
      'pool',
      `mariadbStore() takes a pool of mariadb, or a connection in a transaction${isCluster ? ': pass cluster.of() with the name of the primary' : ''}`,
    )
  }
  const [timeout, { dialect = 'mariadb', ...others }] = takeTimeout(options)
  if (dialect !== 'mysql' && dialect !== 'mariadb')
    throw optionError('dialect', 'must be "mysql" or "mariadb"')
  return sqlStoreFor(
    pooledExecutor(pool, { dialect, timeout, run: executed }),
    others,
    'mariadbStore()',
  )
}

/** Sends the statement and the values apart. */
async function executed(
  connection: MariadbConnection,
  sql: string,
  values: readonly SqlValue[],
): Promise<SqlResult> {
  const result = await connection.execute({ sql, ...ownOptions }, [...values])
  if (Array.isArray(result)) return { rows: result as SqlResult['rows'], affected: result.length }
  return { rows: [], affected: (result as { affectedRows: number }).affectedRows }
}

const ownOptions = Object.freeze({
  rowsAsArray: false,
  metaAsArray: false,
  nestTables: false,
  namedPlaceholders: false,
  bigIntAsNumber: true,
  decimalAsNumber: true,
  typeCast: undefined as never,
})

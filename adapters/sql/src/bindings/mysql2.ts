import { OptionError, optionError } from '@oauth2-kit/core/store-kit'
import type { SqlResult, SqlValue } from '../executor'
import type { SqlStoreOptions } from '../options'
import { type SqlStore, sqlStoreFor } from '../sql-store'
import { type LendingPool, pooledExecutor } from '../pooled'
import { type TimeoutOptions, takeTimeout } from '../timeout'

/** A connection of `mysql2/promise`, or one that has its methods. */
export interface Mysql2Connection {
  execute(statement: string | Mysql2Statement, values: SqlValue[]): Promise<[unknown, unknown]>
  /** The options of the connection. Without them, every statement overrides them. */
  readonly config?: object
}

/** A pool of `mysql2/promise`, or one that has its methods. */
export interface Mysql2Pool extends Mysql2Connection, LendingPool<Mysql2Connection> {}

/** A pool or a connection of `mysql2` with callbacks. */
export interface Mysql2Callbacks {
  promise(): Mysql2Pool | Mysql2Connection
}

/** One statement, with what it overrides of the options of the connection. */
export interface Mysql2Statement {
  sql: string
  rowsAsArray: boolean
  nestTables: boolean
  namedPlaceholders: boolean
  supportBigNumbers: boolean
  bigNumberStrings: boolean
  typeCast: boolean
}

/** Options of `mysql2Store()`. */
export interface Mysql2StoreOptions extends SqlStoreOptions, TimeoutOptions {
  /**
   * The SQL of the server. That of `mysql` runs on MariaDB too; with `mariadb`, `takeRecord` is one
   * statement instead of two.
   * @default 'mysql'
   */
  dialect?: 'mysql' | 'mariadb'
}

export type { SqlStore, SqlStoreOptions }

/**
 * Returns a store in MySQL or MariaDB on your own pool of `mysql2` 3. With a connection instead of a
 * pool, everything that the store does is part of the transaction of that connection. Throws a
 * TypeError if the set-up is wrong.
 */
export function mysql2Store(
  pool: Mysql2Pool | Mysql2Connection | Mysql2Callbacks,
  options: Mysql2StoreOptions = {},
): SqlStore {
  const [timeout, { dialect = 'mysql', ...others }] = takeTimeout(options)
  if (dialect !== 'mysql' && dialect !== 'mariadb')
    throw optionError('dialect', 'must be "mysql" or "mariadb"')
  return sqlStoreFor(
    pooledExecutor(promised(pool), { dialect, timeout, run: executed }),
    others,
    'mysql2Store()',
  )
}

/** Returns the client with promises of a client with callbacks. */
function promised(
  client: Mysql2Pool | Mysql2Connection | Mysql2Callbacks,
): Mysql2Pool | Mysql2Connection {
  const members = Object(client) as Partial<Mysql2Callbacks & Mysql2Pool & { of: unknown }>
  // A cluster would also read from replicas, which may not have received a revocation yet.
  const isCluster = typeof members.of === 'function'
  if (!isCluster && typeof members.promise === 'function')
    return (client as Mysql2Callbacks).promise()
  // With callbacks, the primary of a cluster takes one here.
  const { length = 0 } = members.getConnection ?? {}
  if (!isCluster && length === 0 && typeof members.execute === 'function')
    return client as Mysql2Pool | Mysql2Connection
  throw new OptionError(
    'pool',
    `mysql2Store() takes a pool of mysql2, or a connection in a transaction${isCluster || length > 0 ? ': pass cluster.of() of mysql2/promise with the name of the primary' : ''}`,
  )
}

/** Sends the statement and the values apart. */
async function executed(
  connection: Mysql2Connection,
  sql: string,
  values: readonly SqlValue[],
): Promise<SqlResult> {
  const statement = isPlain(connection.config) ? sql : { sql, ...ownOptions }
  const [result] = await connection.execute(statement, [...values])
  if (Array.isArray(result)) return { rows: result as SqlResult['rows'], affected: result.length }
  return { rows: [], affected: (result as { affectedRows: number }).affectedRows }
}

/**
 * Returns whether a connection answers as the store reads it. Then nothing is overridden, because for
 * that the driver copies all options for each statement.
 */
function isPlain(config: Mysql2Connection['config']): boolean {
  const { rowsAsArray, nestTables, namedPlaceholders, typeCast } = (config ??
    {}) as Partial<Mysql2Statement>
  return typeCast === true && !rowsAsArray && !nestTables && !namedPlaceholders
}

const ownOptions = Object.freeze({
  rowsAsArray: false,
  nestTables: false,
  namedPlaceholders: false,
  supportBigNumbers: true,
  bigNumberStrings: false,
  typeCast: true,
})

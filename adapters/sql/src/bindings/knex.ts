import { OptionError, optionError, timerMs } from '@oauth2-kit/core/store-kit'
import type { SqlDialect } from '../dialect'
import type { SqlExecutor, SqlResult, SqlValue } from '../executor'
import { type MigrationOptions, migrationSteps } from '../migration-steps'
import type { SqlStoreOptions } from '../options'
import { type SqlStore, sqlStoreFor } from '../sql-store'
import { defaultTimeout } from '../timeout'

/** A connection of the pool of Knex. Knex closes it, instead of using it again, if it is marked. */
interface KnexConnection {
  __knex__disposed?: unknown
  /** Closes a connection of mysql2 at once. */
  destroy?(): void
}

/** One statement, as Knex sends it and adds the response of the driver to it. */
interface KnexQuery {
  method: 'raw'
  sql: string
  bindings: SqlValue[]
  /** Options of the driver. */
  options: Record<string, unknown>
  response?: unknown
}

/** What runs the statements of an instance of Knex. */
interface KnexDriver {
  readonly driverName: string
  acquireConnection(): Promise<KnexConnection>
  releaseConnection(connection: KnexConnection): Promise<void>
  query(connection: KnexConnection, query: KnexQuery): Promise<KnexQuery>
}

/** An instance of Knex, or its transaction. */
export interface KnexClient {
  /** The members that the store uses are those of `KnexDriver`; the types of Knex say `any`. */
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly client: any
  readonly isTransaction?: boolean
  transaction<T>(work: (transaction: KnexClient) => Promise<T>): Promise<T>
}

/** Options of `knexStore()`. */
export interface KnexStoreOptions extends SqlStoreOptions {
  /**
   * `mariadb` if the server is MariaDB: `takeRecord` is then one statement instead of two. The other
   * dialects are read from the instance. @default that of the instance
   */
  dialect?: SqlDialect
  /**
   * How many milliseconds one statement may take. A connection on which it may still be running is
   * closed. It has no effect on SQLite.
   * @default 5000 with mysql2, which has no such setting; that of the connection with the others
   */
  timeout?: number
}

/** Options of `oauthMigration()`. */
export interface KnexMigrationOptions extends MigrationOptions {
  /** The same as in `knexStore()`. @default that of the instance */
  dialect?: SqlDialect
}

/** A migration of Knex. */
export interface KnexMigration {
  up(knex: KnexClient): Promise<void>
  down(knex: KnexClient): Promise<void>
}

export type { MigrationOptions, SqlDialect, SqlStore, SqlStoreOptions }

/**
 * Returns a store on your own instance of Knex 3. With a transaction of Knex, everything that the
 * store does is part of that transaction. Your `postProcessResponse` and `wrapIdentifier` do not
 * apply to it. Throws a TypeError if the set-up is wrong.
 */
export function knexStore(knex: KnexClient, options: KnexStoreOptions = {}): SqlStore {
  const { dialect, timeout, ...others } = options
  assertTimeout(timeout)
  return sqlStoreFor(executorOn(knex, { dialect, timeout }, 'knexStore()'), others, 'knexStore()')
}

/**
 * Returns a migration of the tables for a migration file or source of Knex, whose `down` drops them.
 * Throws a TypeError if an option is wrong.
 */
export function oauthMigration(options: KnexMigrationOptions = {}): KnexMigration {
  const { dialect, ...others } = options
  // Checks the options now, not when the migration runs.
  migrationSteps(dialect ?? 'sqlite', others)
  const run = async (knex: KnexClient, direction: 'up' | 'down') => {
    const executor = executorOn(knex, { dialect, timeout: undefined }, 'oauthMigration()')
    for (const text of migrationSteps(executor.dialect, others)[direction])
      await executor.query(text, [])
  }
  return { up: (knex) => run(knex, 'up'), down: (knex) => run(knex, 'down') }
}

/** The databases of each driver of Knex. The first one is the default. */
const dialectsOf: Readonly<Record<string, readonly SqlDialect[]>> = {
  pg: ['postgres'],
  mysql2: ['mysql', 'mariadb'],
  mariadb: ['mariadb', 'mysql'],
  // Not sqlite3, which does not report how many rows a raw statement has changed.
  'better-sqlite3': ['sqlite'],
}

/** Returns the dialect of an instance. Throws an OptionError if the store does not know it. */
function dialectOf(knex: KnexClient, wanted: SqlDialect | undefined, of: string): SqlDialect {
  const { driverName, query } = ((knex as KnexClient | null)?.client ?? {}) as Partial<KnexDriver>
  if (typeof query !== 'function')
    throw new OptionError('knex', `${of} takes an instance of Knex, or its transaction`)
  const known = dialectsOf[String(driverName)]
  if (!known) {
    const all = Object.keys(dialectsOf).join(', ')
    throw new OptionError('knex', `${of} does not know the client "${driverName}": use ${all}`)
  }
  if (wanted !== undefined && !known.includes(wanted))
    throw optionError('dialect', `must be ${known.join(' or ')}, like the instance of Knex`)
  return wanted ?? known[0]!
}

/** What the caller wants of an executor. */
interface Wanted {
  readonly dialect: SqlDialect | undefined
  readonly timeout: number | undefined
}

function executorOn(knex: KnexClient, wanted: Wanted, of: string): SqlExecutor {
  const dialect = dialectOf(knex, wanted.dialect, of)
  const client = knex.client as KnexDriver
  const { optionsOf, resultOf } = drivers[dialect]
  const timeout = wanted.timeout ?? (client.driverName === 'mysql2' ? defaultTimeout : undefined)
  const options = optionsOf(timeout)
  return {
    dialect,

    /**
     * Does what `raw()` does, but for its placeholders, which a question mark in a name would be,
     * and for `postProcessResponse`, which could change what the store reads.
     */
    async query(text, values) {
      // Knex replaces question marks for PostgreSQL, unless they are escaped.
      const sql = dialect === 'postgres' ? text.replaceAll('?', String.raw`\?`) : text
      const connection = await client.acquireConnection()
      try {
        const bindings = [...values]
        const query: KnexQuery = { method: 'raw', sql, bindings, options: { ...options } }
        return resultOf((await client.query(connection, query)).response)
      } catch (error) {
        if (isStuck(error)) {
          connection.__knex__disposed = error
          connection.destroy?.()
        }
        throw withoutStatement(error)
      } finally {
        await client.releaseConnection(connection)
      }
    },

    transaction: (work) => knex.transaction((own) => work(executorOn(own, wanted, of))),
    isJoined: () => knex.isTransaction === true,
    // Knex calls the method of mysql2 that quotes the values.
    interpolates: dialect === 'mysql' || dialect === 'mariadb',
  }
}

const [isTimeout, timeoutText] = timerMs

function assertTimeout(timeout: number | undefined): void {
  if (timeout !== undefined && !isTimeout(timeout)) throw optionError('timeout', timeoutText)
}

/** How a driver is called and answers. */
interface Driver {
  /**
   * Returns what limits the time of a statement, and makes it return rows by the names of their
   * columns, whatever the settings of the driver are.
   */
  readonly optionsOf: (timeout: number | undefined) => Readonly<Record<string, unknown>>
  readonly resultOf: (response: unknown) => SqlResult
}

type Rows = SqlResult['rows']

const postgres: Driver = {
  optionsOf: (timeout) => (timeout === undefined ? {} : { query_timeout: timeout }),
  resultOf(response) {
    const { rows, rowCount } = response as { rows: Rows; rowCount: number | null }
    return { rows, affected: rowCount ?? 0 }
  },
}

const mysql: Driver = {
  optionsOf: (timeout) => ({
    rowsAsArray: false,
    nestTables: false,
    ...(timeout !== undefined && { timeout }),
  }),
  resultOf(response) {
    const [result] = response as [Rows | { affectedRows: number }]
    if ('affectedRows' in result) return { rows: [], affected: result.affectedRows }
    return { rows: result, affected: 0 }
  },
}

const sqlite: Driver = {
  optionsOf: () => ({ safeIntegers: false }),
  resultOf(response) {
    const result = response as Rows | { changes: number }
    return 'changes' in result
      ? { rows: [], affected: result.changes }
      : { rows: result, affected: 0 }
  },
}

const drivers: Readonly<Record<SqlDialect, Driver>> = { postgres, mysql, mariadb: mysql, sqlite }

/**
 * Returns whether a statement has timed out and is still running. Others would wait on that
 * connection until the statement ends.
 */
function isStuck(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown }
  return (
    code === 'PROTOCOL_SEQUENCE_TIMEOUT' || /(?:^| - )Query read timeout$/.test(String(message))
  )
}

/**
 * Returns the error without the statement and its values, which Knex writes before the message of
 * the driver.
 */
function withoutStatement(error: unknown): unknown {
  if (error instanceof Error) error.message = error.message.split(' - ').at(-1)!
  return error
}

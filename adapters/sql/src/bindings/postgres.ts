import { OptionError } from '@oauth2-kit/core/store-kit'
import type { SqlExecutor, SqlResult, SqlValue } from '../executor'
import type { SqlStoreOptions } from '../options'
import { type SqlStore, sqlStoreFor } from '../sql-store'
import { type TimeoutOptions, takeTimeout, withTimeout } from '../timeout'

/** A statement of `postgres` that has not been sent yet. */
export interface PostgresQuery {
  /** Resolves with rows of `Buffer`s, before any parser or transformation. */
  raw(): PromiseLike<PostgresResult>
  /** Cancels the statement. Returns a promise since version 4. */
  cancel(): unknown
  /** What `cancel()` of version 3 calls. */
  readonly canceller?: ((query: never) => Promise<unknown>) | null
}

/** What a statement returned. */
export interface PostgresResult extends Iterable<unknown> {
  readonly count: number | null
  /** Missing, or `null` since version 4, if the statement returns no rows. */
  readonly columns?: readonly { readonly name: string }[] | null | undefined
}

/** A client of `postgres` in a transaction, or a reserved one. */
export interface PostgresTransaction {
  /** Only the client of a transaction has it. */
  readonly savepoint?: unknown
  unsafe(text: string, values: SqlValue[], options: { prepare: boolean }): PostgresQuery
}

/** A client of `postgres`, or one that has its methods. */
export interface PostgresClient extends PostgresTransaction {
  begin<T>(work: (transaction: PostgresTransaction) => Promise<T>): Promise<unknown>
}

/** Options of `postgresStore()`. */
export interface PostgresStoreOptions extends SqlStoreOptions, TimeoutOptions {}

export type { SqlStore, SqlStoreOptions }

/**
 * Returns a store in PostgreSQL on your own client of `postgres` 3 or 4 (Postgres.js). With the
 * client of a transaction, everything that the store does is part of that transaction. Throws a
 * TypeError if the set-up is wrong.
 */
export function postgresStore(
  sql: PostgresClient | PostgresTransaction,
  options: PostgresStoreOptions = {},
): SqlStore {
  if (typeof (sql as Partial<PostgresClient> | null)?.unsafe !== 'function') {
    throw new OptionError(
      'sql',
      'postgresStore() takes a client of postgres, or the client of its begin()',
    )
  }
  const [timeout, others] = takeTimeout(options)
  const executor = isClient(sql) ? onClient(sql, timeout) : onTransaction(sql, timeout)
  return sqlStoreFor(executor, others, 'postgresStore()')
}

/** Since version 4, the client of a transaction has `begin()` too, which makes a savepoint. */
function isClient(sql: PostgresClient | PostgresTransaction): sql is PostgresClient {
  return 'begin' in sql && !('savepoint' in sql)
}

function onClient(sql: PostgresClient, timeout: number): SqlExecutor {
  return {
    dialect: 'postgres',
    query: (text, values) => resultOf(sql, timeout, text, values),

    async transaction<T>(work: (executor: SqlExecutor) => Promise<T>): Promise<T> {
      return (await sql.begin((own) => work(onTransaction(own, timeout)))) as T
    },
  }
}

function onTransaction(sql: PostgresTransaction, timeout: number): SqlExecutor {
  return {
    dialect: 'postgres',
    query: (text, values) => resultOf(sql, timeout, text, values),
    isJoined: () => true,
  }
}

async function resultOf(
  sql: PostgresTransaction,
  timeout: number,
  text: string,
  values: readonly SqlValue[],
): Promise<SqlResult> {
  // Under `prepare: false` in the options of the client, this one has no effect.
  const query = sql.unsafe(text, [...values], { prepare: true })
  const result = await withTimeout(query.raw(), timeout, () => cancel(query))
  const names = namesOf(result, text)
  const rows = Array.from(result, (row) => rowOf(row as (Buffer | null)[], names))
  return { rows, affected: result.count ?? 0 }
}

/**
 * Cancels a statement. `cancel()` of version 3 ignores the promise of `canceller()`: if the server
 * cannot be reached, the rejection would end the process.
 */
function cancel(query: PostgresQuery): void {
  const cancelled = 'canceller' in query ? query.canceller?.(query as never) : query.cancel()
  Promise.resolve(cancelled).catch(() => {})
}

/**
 * Returns the names of the columns as the text has them. The client may have transformed them; then
 * every column of the text has an alias in quotes.
 */
function namesOf({ columns }: PostgresResult, text: string): string[] {
  const names = (columns ?? []).map(({ name }) => name)
  if (names.every((name) => text.includes(` AS "${name}"`))) return names
  const aliases = Array.from(text.matchAll(/ AS "(\w+)"/g), ([, alias]) => alias!)
  return aliases.length === names.length ? aliases : names
}

function rowOf(values: (Buffer | null)[], names: readonly string[]): SqlResult['rows'][number] {
  return Object.fromEntries(names.map((name, at) => [name, values[at]?.toString() ?? null]))
}

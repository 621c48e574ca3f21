import { optionError } from '@oauth2-kit/core/store-kit'
import { type SqlDialect, assertDialect } from './dialect'

/** A value that is sent to the database. It is never an object, which a driver might interpret. */
export type SqlValue = string | number | null

/** What a statement returned. */
export interface SqlResult {
  /**
   * The rows that it returned, each with its columns by name. Numbers may also be texts or `bigint`s.
   */
  readonly rows: readonly Readonly<Record<string, unknown>>[]
  /** The number of rows that it inserted, updated or deleted. On MySQL, updated means changed. */
  readonly affected: number
}

/** Runs the statements of a store on the caller's own connection. */
export interface SqlExecutor {
  /** The SQL that the database understands. */
  readonly dialect: SqlDialect
  /**
   * Runs one statement in one round trip, on the primary. Rejects with the error of the driver, whose
   * codes the store reads: `code`, `errno`, `errcode` or `sqlState`, of the error itself or of its
   * `cause`.
   * @param text SQL with `$1`, `$2` ... on PostgreSQL, and `?` on the others
   * @param values the values of the parameters, in the order of the text
   */
  query(text: string, values: readonly SqlValue[]): Promise<SqlResult>
  /**
   * Runs the work in one transaction: commits it if the work resolves, and rolls it back if it
   * rejects. Required on PostgreSQL, unless the executor is part of a transaction.
   */
  transaction?<T>(work: (executor: SqlExecutor) => Promise<T>): Promise<T>
  /**
   * Returns whether the statements are part of a transaction of the caller. The store then neither
   * repeats a statement after a deadlock nor pauses between batches. @default never
   */
  isJoined?(): boolean
  /** Returns the placeholder of a parameter; the first index is 0. @default that of the dialect */
  placeholder?: (index: number) => string
  /** Whether the database is in the memory of this process. @default false */
  readonly inMemory?: boolean
  /**
   * Whether the driver writes the values into the text of a statement, instead of sending them apart.
   * `check()` then reports a `sql_mode` under which MySQL drivers do not quote safely. @default false
   */
  readonly interpolates?: boolean
}

const functions = ['transaction', 'isJoined', 'placeholder'] as const

/** Throws an OptionError if the value cannot run the statements of a store. */
export function assertExecutor(executor: SqlExecutor): void {
  if (typeof executor !== 'object' || executor === null || typeof executor.query !== 'function')
    throw optionError('executor', 'must be an object with the members "dialect" and "query"')
  assertDialect(executor.dialect, 'executor.dialect')
  for (const name of functions) {
    if (executor[name] !== undefined && typeof executor[name] !== 'function')
      throw optionError(`executor.${name}`, 'must be a function')
  }
  if (executor.dialect === 'postgres' && !executor.transaction && !executor.isJoined?.())
    throw optionError('executor.transaction', 'is required on PostgreSQL: purge() locks rows')
}

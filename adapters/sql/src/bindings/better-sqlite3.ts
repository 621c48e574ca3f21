import { OptionError } from '@oauth2-kit/core/store-kit'
import type { SqlExecutor, SqlResult, SqlValue } from '../executor'
import type { SqlStoreOptions } from '../options'
import { type SqlStore, sqlStoreFor } from '../sql-store'
import { statementCache } from '../statement-cache'

/** A prepared statement of `better-sqlite3`, or one that has its methods. */
export interface BetterSqlite3Statement {
  readonly reader: boolean
  all(...values: never[]): unknown[]
  run(...values: never[]): { changes: number | bigint }
  safeIntegers(toggle: boolean): unknown
}

/** A database of `better-sqlite3` or `libsql`, or one that has its methods. */
export interface BetterSqlite3Database {
  prepare(sql: string): BetterSqlite3Statement
  readonly inTransaction: boolean
  readonly memory: boolean
}

export type { SqlStore, SqlStoreOptions }

/**
 * Returns a store in SQLite on your own database of `better-sqlite3` or `libsql`. While the database
 * is in a transaction, everything that the store does is part of that transaction. Throws a
 * TypeError if the set-up is wrong.
 */
export function betterSqlite3Store(
  database: BetterSqlite3Database,
  options: SqlStoreOptions = {},
): SqlStore {
  const { prepare, inTransaction } = Object(database) as Partial<BetterSqlite3Database>
  if (typeof prepare !== 'function' || typeof inTransaction !== 'boolean') {
    throw new OptionError(
      'database',
      'betterSqlite3Store() takes a Database of better-sqlite3 or libsql',
    )
  }
  return sqlStoreFor(executorOf(database), options, 'betterSqlite3Store()')
}

function executorOf(database: BetterSqlite3Database): SqlExecutor {
  const prepared = statementCache((text) => {
    const statement = database.prepare(text)
    statement.safeIntegers(false)
    return statement
  })
  return {
    dialect: 'sqlite',
    query: async (text, values) => resultOf(prepared(text), [...values]),
    isJoined: () => database.inTransaction,
    inMemory: database.memory,
  }
}

function resultOf(statement: BetterSqlite3Statement, values: SqlValue[]): SqlResult {
  if (!statement.reader)
    return { rows: [], affected: Number(statement.run(values as never).changes) }
  const rows = statement.all(values as never) as SqlResult['rows']
  return { rows, affected: rows.length }
}

import { OptionError } from '@oauth2-kit/core/store-kit'
import type { SqlExecutor, SqlResult, SqlValue } from '../executor'
import type { SqlStoreOptions } from '../options'
import { type SqlStore, sqlStoreFor } from '../sql-store'
import { statementCache } from '../statement-cache'

/** A prepared statement of `node:sqlite`, or one that has its methods. */
export interface NodeSqliteStatement {
  all(...values: SqlValue[]): unknown[]
  setReadBigInts(enabled: boolean): void
  /** Since Node.js 24. */
  setReturnArrays?(enabled: boolean): void
}

/** A database of `node:sqlite`, or one that has its methods. */
export interface NodeSqliteDatabase {
  prepare(sql: string): NodeSqliteStatement
  exec(sql: string): void
  /** Since Node.js 22.16. */
  readonly isTransaction?: boolean
  /** Since Node.js 22.16. Returns null if the database is in memory. */
  location?(): string | null
}

export type { SqlStore, SqlStoreOptions }

/**
 * Returns a store in SQLite on your own `DatabaseSync` of `node:sqlite`. While the database is in a
 * transaction, everything that the store does is part of that transaction. Throws a TypeError if the
 * set-up is wrong.
 */
export function nodeSqliteStore(
  database: NodeSqliteDatabase,
  options: SqlStoreOptions = {},
): SqlStore {
  const { prepare, exec } = Object(database) as Partial<NodeSqliteDatabase>
  if (typeof prepare !== 'function' || typeof exec !== 'function')
    throw new OptionError('database', 'nodeSqliteStore() takes a DatabaseSync of node:sqlite')
  return sqlStoreFor(executorOf(database), options, 'nodeSqliteStore()')
}

function executorOf(database: NodeSqliteDatabase): SqlExecutor {
  const prepared = statementCache((text) => {
    const statement = database.prepare(text)
    statement.setReadBigInts(false)
    statement.setReturnArrays?.(false)
    return statement
  })

  return {
    dialect: 'sqlite',

    async query(text, values) {
      const rows = prepared(text).all(...values) as SqlResult['rows']
      if (rows.length > 0) return { rows, affected: rows.length }
      // Node.js 22.13 does not tell which statements return rows. The number of changes is that of
      // this statement if it was a change.
      const [row] = prepared('SELECT changes() AS affected').all() as { affected: number }[]
      return { rows, affected: row!.affected }
    },

    // Without that property a statement is tried again in a transaction too, which changes nothing
    // about what it does.
    isJoined: () => database.isTransaction === true,
    inMemory: database.location?.() === null,
  }
}

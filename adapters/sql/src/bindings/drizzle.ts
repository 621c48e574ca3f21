/* oxlint-disable typescript/no-explicit-any -- the types of Drizzle have type parameters that do not matter here */
import { OptionError, optionError } from '@oauth2-kit/core/store-kit'
import { type SQL, entityKind, is, sql } from 'drizzle-orm'
import { MySqlDatabase, MySqlTransaction } from 'drizzle-orm/mysql-core'
import { PgDatabase, type PgSession, PgTransaction } from 'drizzle-orm/pg-core'
import { BaseSQLiteDatabase, SQLiteTransaction } from 'drizzle-orm/sqlite-core'
import type { SqlDialect } from '../dialect'
import type { SqlExecutor, SqlResult, SqlValue } from '../executor'
import type { SqlStoreOptions } from '../options'
import { type SqlStore, sqlStoreFor } from '../sql-store'

type Postgres = PgDatabase<any, any, any>
type Mysql = MySqlDatabase<any, any, any, any>
type Sqlite = BaseSQLiteDatabase<any, any, any, any>

/** A database or a transaction of Drizzle. */
export type DrizzleClient = Postgres | Mysql | Sqlite

/** Options of `drizzleStore()`. */
export interface DrizzleStoreOptions extends SqlStoreOptions {
  /**
   * `mariadb` if the server is MariaDB: `takeRecord` is then one statement instead of two. The other
   * dialects are read from the database. @default that of the database
   */
  dialect?: SqlDialect
}

export type { SqlDialect, SqlStore, SqlStoreOptions }

/**
 * Returns a store on your own database of Drizzle, on the drivers node-postgres, postgres-js, mysql2,
 * better-sqlite3 or libsql. With a transaction of Drizzle, everything that the store does is part of
 * that transaction. Of a database with replicas, it uses the primary only. Throws a TypeError if the
 * set-up is wrong.
 */
export function drizzleStore(db: DrizzleClient, options: DrizzleStoreOptions = {}): SqlStore {
  const { dialect, ...others } = options
  return sqlStoreFor(executorOn(db, dialect), others, 'drizzleStore()')
}

function executorOn(given: DrizzleClient, wanted?: SqlDialect): SqlExecutor {
  const db = (given as { $primary?: DrizzleClient } | null)?.$primary ?? given
  if (is(db, PgDatabase)) return onPostgres(db, oneOf(['postgres'], wanted))
  if (is(db, MySqlDatabase)) return onMysql(db, oneOf(['mysql', 'mariadb'], wanted))
  if (is(db, BaseSQLiteDatabase)) return onSqlite(db, oneOf(['sqlite'], wanted))
  throw new OptionError('db', 'drizzleStore() takes what drizzle() returns, or its transaction')
}

function oneOf(known: readonly [SqlDialect, ...SqlDialect[]], wanted = known[0]): SqlDialect {
  if (known.includes(wanted)) return wanted
  throw optionError('dialect', `must be ${known.join(' or ')}, like the database of Drizzle`)
}

/** The placeholder of each value. No name contains it: the options refuse that character. */
const mark = '\0'
const placeholder = () => mark

/** Returns a statement with its values as parameters of Drizzle. */
function statementOf(text: string, values: readonly SqlValue[]): SQL {
  const [first = '', ...parts] = text.split(mark).map((part) => sql.raw(part))
  return sql.join([first as SQL, ...parts.flatMap((part, at) => [sql.param(values[at]), part])])
}

type Rows = SqlResult['rows']

/** What the drivers of PostgreSQL return: node-postgres an object, and postgres-js the rows. */
type PostgresResult = (Rows | { rows: Rows }) & { rowCount?: number | null; count?: number }

function onPostgres(db: Postgres, dialect: SqlDialect): SqlExecutor {
  const isJoined = is(db, PgTransaction)
  const { session } = db._ as unknown as { session: PgSession }
  // With a name, postgres-js prepares a statement once for each connection. Without one, it would
  // ask the server for the types of the parameters each time.
  const name = entityKindOf(session) === 'PostgresJsSession' ? 'oauth2-kit' : undefined
  return {
    dialect,

    async query(text, values) {
      const query = { sql: text, params: [...values] }
      const prepared = session.prepareQuery(query, undefined, name, false)
      const result = (await unwrapped(() => prepared.execute())) as PostgresResult
      const rows = Array.isArray(result) ? result : (result as { rows: Rows }).rows
      return { rows, affected: result.rowCount ?? result.count ?? 0 }
    },

    transaction: (work) => db.transaction((own) => work(onPostgres(own, dialect))),
    isJoined: () => isJoined,
  }
}

function onMysql(db: Mysql, dialect: SqlDialect): SqlExecutor {
  const isJoined = is(db, MySqlTransaction)
  return {
    dialect,
    placeholder,

    async query(text, values) {
      const answer = await unwrapped(() => db.execute(statementOf(text, values)))
      const [result] = answer as unknown as [Rows | { affectedRows: number }]
      if ('affectedRows' in result) return { rows: [], affected: result.affectedRows }
      return { rows: result, affected: 0 }
    },

    isJoined: () => isJoined,
    // Drizzle calls the method of mysql2 that quotes the values.
    interpolates: true,
  }
}

function onSqlite(db: Sqlite, dialect: SqlDialect): SqlExecutor {
  const isJoined = is(db, SQLiteTransaction)
  return {
    dialect,
    placeholder,

    async query(text, values) {
      const statement = statementOf(text, values)
      if (returnsRows(text))
        return { rows: (await unwrapped(() => db.all(statement))) as Rows, affected: 0 }
      const result = (await unwrapped(() => db.run(statement))) as Changed
      return { rows: [], affected: result.rowsAffected ?? result.changes ?? 0 }
    },

    isJoined: () => isJoined,
  }
}

/** What the drivers of SQLite return for a statement without rows: libsql the first member. */
interface Changed {
  rowsAffected?: number
  changes?: number
}

/** Returns whether a statement of the store returns rows. Its names do not matter. */
function returnsRows(text: string): boolean {
  const words = text.replaceAll(/"(?:[^"]|"")*"/g, '')
  return /^\s*(?:SELECT|PRAGMA)\b|\bRETURNING\b/.test(words)
}

/**
 * Resolves with what the work returns. Rejects with the error of the driver, which Drizzle wraps in
 * one that shows the statement and its values.
 */
async function unwrapped<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const { message, cause } = error as Error
    throw cause instanceof Error && /^Failed (?:query|to run the query)\b/.test(message)
      ? cause
      : error
  }
}

function entityKindOf(value: object): unknown {
  return (value.constructor as unknown as Record<symbol, unknown>)[entityKind]
}

import { retried } from '@oauth2-kit/core/store-kit'
import { type Dialect, dialects } from './dialect'
import { isTransient, withoutValues } from './errors'
import type { SqlExecutor, SqlResult } from './executor'
import { oauthSchema } from './schema'
import { type Build, type Statement, builderFor } from './sql'
import { type Names, type TableNames, type TableReferences, namesOf } from './tables'

/** Runs the store's statements on the database. */
export interface Database extends Connection {
  readonly names: TablesByName
  readonly references: TableReferences
}

/** Runs statements on the database, whatever its tables are. */
export interface Connection {
  readonly executor: SqlExecutor
  readonly dialect: Dialect
  readonly statement: Build
  /** Returns whether the statements are part of a transaction of the caller. */
  isJoined: () => boolean
  read: <Row>(statement: Statement) => Promise<Row[]>
  /**
   * Runs one statement, and repeats it after a deadlock. Resolves with the number of written rows.
   */
  write: (statement: Statement) => Promise<number>
  /**
   * Runs one statement, and repeats it after a deadlock. Resolves with the rows that it returns.
   */
  writeReturning: <Row>(statement: Statement) => Promise<Row[]>
  /**
   * Returns whether an error has ended the transaction of the caller, who must run it again. Nothing
   * that is read after it says what became of the statement.
   */
  hasEnded: (error: unknown) => boolean
  /** Runs statements in one transaction: either all of them happen, or none. */
  together: (statements: Statement[]) => Promise<void>
}

/** The quoted names of every table and its columns. */
export type TablesByName = {
  readonly [Table in keyof TableNames]: Names<keyof (typeof oauthSchema)[Table]['columns'] & string>
}

/**
 * How long a statement is tried again on SQLite, in milliseconds. Each attempt may have waited for the
 * busy timeout of the connection already, and a driver that is synchronous blocks the process then.
 */
const sqlitePatienceMs = 4000

/** Returns the database of an executor, with its tables. */
export function openDatabase(executor: SqlExecutor, references: TableReferences): Database {
  const connection = openConnection(executor)
  return { ...connection, references, names: namesIn(connection.dialect, references) }
}

/** Returns the connection of an executor. */
export function openConnection(executor: SqlExecutor): Connection {
  const dialect = dialects[executor.dialect]
  const isJoined = () => executor.isJoined?.() === true

  async function run([text, values]: Statement, on = executor): Promise<SqlResult> {
    try {
      return checked(await on.query(text, values))
    } catch (error) {
      throw withoutValues(error, text, values)
    }
  }

  /**
   * Repeats the work after a deadlock. A deadlock ends the transaction, so only its owner can
   * repeat a transaction that the store has joined.
   */
  function again<T>(work: () => Promise<T>): Promise<T> {
    if (isJoined()) return work()
    const until = dialect.name === 'sqlite' ? performance.now() + sqlitePatienceMs : Infinity
    return retried(work, (error) => isTransient(error) && performance.now() < until)
  }

  return {
    executor,
    dialect,
    statement: builderFor(executor),
    isJoined,
    hasEnded: (error) => isJoined() && isTransient(error),

    async read<Row>(statement: Statement) {
      const { rows } = await run(statement)
      return rows as Row[]
    },

    async write(statement) {
      const { affected } = await again(() => run(statement))
      return affected
    },

    async writeReturning<Row>(statement: Statement) {
      const { rows } = await again(() => run(statement))
      return rows as Row[]
    },

    together(statements) {
      const all = async (on: SqlExecutor) => {
        for (const statement of statements) await run(statement, on)
      }
      if (isJoined() || !executor.transaction) return all(executor)
      return again(() => executor.transaction!(all))
    },
  }
}

/** Throws a TypeError if an executor of the application resolves with something else. */
function checked(result: SqlResult): SqlResult {
  if (Array.isArray((result as Partial<SqlResult> | undefined)?.rows)) return result
  throw new TypeError('query() of the executor must resolve with { rows, affected }')
}

function namesIn(dialect: Dialect, references: TableReferences): TablesByName {
  const { credentials, clients, users, records } = oauthSchema
  return {
    credentials: namesOf(dialect, references.credentials, credentials.columns),
    clients: namesOf(dialect, references.clients, clients.columns),
    users: namesOf(dialect, references.users, users.columns),
    records: namesOf(dialect, references.records, records.columns),
  }
}

import { retried } from '@oauth2-kit/core/store-kit'
import { type Dialect, dialects } from './dialect'
import { isTransient, withoutValues } from './errors'
import type { SqlExecutor, SqlResult } from './executor'
import { oauthSchema } from './schema'
import { type Build, type Statement, builderFor } from './sql'
import { type Names, type TableNames, type TableReferences, namesOf } from './tables'

/** Runs the store's statements on the database. */
export interface Database {
  readonly executor: SqlExecutor
  readonly dialect: Dialect
  readonly names: TablesByName
  readonly references: TableReferences
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
  /** Runs statements in one transaction: either all of them happen, or none. */
  together: (statements: Statement[]) => Promise<void>
}

/** The quoted names of every table and its columns. */
export type TablesByName = {
  readonly [Table in keyof TableNames]: Names<keyof (typeof oauthSchema)[Table]['columns'] & string>
}

/** Returns the database of an executor. */
export function openDatabase(executor: SqlExecutor, references: TableReferences): Database {
  const dialect = dialects[executor.dialect]
  const isJoined = () => executor.isJoined?.() === true

  async function run([text, values]: Statement, on = executor): Promise<SqlResult> {
    try {
      return await on.query(text, values)
    } catch (error) {
      throw withoutValues(error, text, values)
    }
  }

  /**
   * Repeats the work after a deadlock. A deadlock ends the transaction, so only its owner can
   * repeat a transaction that the store has joined.
   */
  function again<T>(work: () => Promise<T>): Promise<T> {
    return isJoined() ? work() : retried(work, isTransient)
  }

  return {
    executor,
    dialect,
    references,
    names: namesIn(dialect, references),
    statement: builderFor(executor),
    isJoined,

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

function namesIn(dialect: Dialect, references: TableReferences): TablesByName {
  const { credentials, clients, users, records } = oauthSchema
  return {
    credentials: namesOf(dialect, references.credentials, credentials.columns),
    clients: namesOf(dialect, references.clients, clients.columns),
    users: namesOf(dialect, references.users, users.columns),
    records: namesOf(dialect, references.records, records.columns),
  }
}

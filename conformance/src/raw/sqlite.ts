import type { Context } from '../types'
import { type Run, type Statement, planned } from './plans'
import { type SqlHooks, type SqlRawOptions, sqlHooks } from './sql'

export type { Run, Statement } from './plans'
export type { Recorder, SqlHooks } from './sql'

/**
 * The part of a prepared statement of `better-sqlite3`, `libsql` or `node:sqlite` that is used. For
 * the client of a server, `all` may return a promise, and `get` may be missing.
 */
export interface SqliteStatement {
  all(...values: never[]): unknown[] | Promise<unknown[]>
  get?(...values: never[]): unknown
}

/** The part of a database of `better-sqlite3`, `libsql` or `node:sqlite` that the hooks use. */
export interface SqliteDatabase {
  prepare(sql: string): SqliteStatement
}

/** The options of `sqliteRaw`. */
export interface SqliteRawOptions extends SqlRawOptions {
  /** Returns the database that the store of that context uses: for `explain`, a recorded one. */
  database: (context: Context) => SqliteDatabase
}

type Listener = (statement: Statement) => void

const listeners = new WeakMap<SqliteDatabase, Set<Listener>>()
const executing = ['all', 'get', 'iterate', 'run'] as const

/**
 * Makes `explain` see the statements of this database, and returns it. Call it before the store
 * prepares its statements.
 */
export function recordedSqlite<T extends SqliteDatabase>(database: T): T {
  if (listeners.has(database)) return database
  const known = new Set<Listener>()
  listeners.set(database, known)
  const prepare = database.prepare.bind(database)
  database.prepare = (sql) => {
    const statement = prepare(sql) as unknown as Record<string, (...values: unknown[]) => unknown>
    // In libsql, one of these methods calls another one.
    let isRunning = false
    for (const method of executing) {
      const before = statement[method]
      if (!before) continue
      statement[method] = (...values) => {
        if (isRunning) return before.apply(statement, values)
        for (const listener of known) listener([sql, valuesOf(values)])
        isRunning = true
        try {
          return before.apply(statement, values)
        } finally {
          isRunning = false
        }
      }
    }
    return statement as unknown as SqliteStatement
  }
  return database
}

/** The values may be passed as one array. */
function valuesOf(values: unknown[]): unknown[] {
  const [first] = values
  return values.length === 1 && Array.isArray(first) ? (first as unknown[]) : values
}

/**
 * Returns the hooks `dump`, `count`, `explain` and `alive` for a store in SQLite. `damage` and
 * `older` depend on the store.
 */
export function sqliteRaw({ database, tables, statements }: SqliteRawOptions): SqlHooks {
  return sqlHooks({
    tables,
    run: (context) => runOn(database(context)),
    statements: statements ?? ((context, work) => recorded(database(context), work)),
    scans: (context, sent) => sqliteScans(runOn(database(context)), sent),
  })
}

function runOn(database: SqliteDatabase): Run {
  return async (sql, values = []) => {
    const statement = database.prepare(sql)
    const rows = await statement.all(...(values as never[]))
    // libsql resets a statement only here: otherwise, the connection would not see later writes.
    statement.get?.(...(values as never[]))
    return rows
  }
}

async function recorded(
  database: SqliteDatabase,
  work: () => Promise<unknown>,
): Promise<Statement[]> {
  const known = listeners.get(database)
  if (!known)
    throw new Error('"database" must return a database that was passed to recordedSqlite()')
  const statements: Statement[] = []
  const listener: Listener = (statement) => void statements.push(statement)
  known.add(listener)
  try {
    await work()
    return statements
  } finally {
    known.delete(listener)
  }
}

/** Resolves with what SQLite would read in full. */
async function sqliteScans(run: Run, statements: readonly Statement[]): Promise<string[]> {
  const scans: string[] = []
  for (const [sql, values] of planned(statements)) {
    const rows = (await run(`EXPLAIN QUERY PLAN ${sql}`, values)) as { detail: string }[]
    const details = rows.map(({ detail }) => detail)
    // `v` and constants are the values in the statement itself; an ordered page ends at its limit.
    const whole = details.filter(
      (detail) =>
        /^SCAN (?!v\b|(?:\d+ )?CONSTANT)/.test(detail) &&
        !(detail.includes('INDEX') && /\bLIMIT\b/i.test(sql)),
    )
    // In "SCAN things", only the name says what was scanned.
    scans.push(...whole.map((detail) => detail.replace(/^SCAN (?:TABLE )?/, '')))
  }
  return scans
}

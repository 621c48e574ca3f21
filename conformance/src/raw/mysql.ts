import type { Context } from '../types'
import { type Run, type Statement, planned } from './plans'
import { type ReportingPool, recordedPool } from './recorded-pool'
import { type SqlHooks, type SqlRawOptions, sqlHooks } from './sql'

export type { Run, Statement } from './plans'
export type { Recorder, SqlHooks } from './sql'

/** The part of a `Pool` of `mysql2/promise` that the hooks use. */
export interface MysqlPool extends ReportingPool {
  query(sql: string, values?: unknown[]): Promise<[unknown, unknown]>
}

/** The options of `mysqlRaw`. */
export interface MysqlRawOptions extends SqlRawOptions {
  /** Returns the pool that the store of that context uses. */
  pool: (context: Context) => MysqlPool
}

/**
 * Returns the hooks `dump`, `count`, `explain` and `alive` for a store in MySQL or MariaDB. `damage`
 * and `older` depend on the store.
 */
export function mysqlRaw({ pool, tables, statements }: MysqlRawOptions): SqlHooks {
  return sqlHooks({
    tables,
    run: (context) => runOn(pool(context)),
    statements:
      statements ?? ((context, work) => recordedPool(pool(context), ['query', 'execute'], work)),
    scans: (context, sent) => mysqlScans(runOn(pool(context)), tables(context), sent),
  })
}

function runOn(pool: MysqlPool): Run {
  return async (sql, values = []) => (await pool.query(sql, [...values]))[0] as unknown[]
}

/** Resolves with the tables that the server would read in full; it demands an index for foreign keys. */
async function mysqlScans(
  run: Run,
  tables: readonly string[],
  statements: readonly Statement[],
): Promise<string[]> {
  // The planner uses the statistics of the last ANALYZE.
  for (const table of tables) await run(`ANALYZE TABLE ${table}`)
  const scans: string[] = []
  for (const [sql, values] of planned(statements)) {
    const rows = (await run(`EXPLAIN ${sql}`, values)) as Step[]
    // Derived tables are the values in the statement itself. "index" is a whole index, which an
    // ordered page reads only as far as its limit.
    const whole = rows.filter(
      ({ select_type: kind, type }) =>
        kind !== 'INSERT' && (type === 'ALL' || (type === 'index' && !/\bLIMIT\b/i.test(sql))),
    )
    scans.push(...whole.map(({ table }) => table).filter((table) => !table.startsWith('<')))
  }
  return scans
}

interface Step {
  select_type: string
  type: string | null
  table: string
}

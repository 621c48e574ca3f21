import type { Context } from '../types'
import { type Run, type Statement, planned } from './plans'
import { type ReportingPool, recordedPool } from './recorded-pool'
import { type SqlHooks, type SqlRawOptions, sqlHooks } from './sql'

export type { Run, Statement } from './plans'
export type { Recorder, SqlHooks } from './sql'

interface Queries {
  query(sql: string, values?: unknown[]): Promise<{ rows: unknown[] }>
}

/** The part of a `Pool` of `pg` that the hooks use. */
export interface PostgresPool extends Queries, ReportingPool {
  connect(): Promise<Queries & { release(): void }>
}

/** The options of `postgresRaw`. */
export interface PostgresRawOptions extends SqlRawOptions {
  /** Returns the pool that the store of that context uses. */
  pool: (context: Context) => PostgresPool
}

/**
 * Returns the hooks `dump`, `count`, `explain` and `alive` for a store in PostgreSQL. `damage` and
 * `older` depend on the store.
 */
export function postgresRaw({ pool, tables, statements }: PostgresRawOptions): SqlHooks {
  return sqlHooks({
    tables,
    run: (context) => runOn(pool(context)),
    statements: statements ?? ((context, work) => recordedPool(pool(context), ['query'], work)),

    async scans(context, sent) {
      const client = await pool(context).connect()
      try {
        return await postgresScans(runOn(client), tables(context), sent)
      } finally {
        client.release()
      }
    },
  })
}

function runOn(client: Queries): Run {
  return async (sql, values = []) => (await client.query(sql, [...values])).rows
}

/**
 * Resolves with the tables and indexes that PostgreSQL would read in full for these statements, and
 * for the foreign keys that cascade from their deletions. `run` uses one connection.
 */
async function postgresScans(
  run: Run,
  tables: readonly string[],
  statements: readonly Statement[],
): Promise<string[]> {
  // The planner uses the statistics of the last ANALYZE.
  for (const table of tables) await run(`ANALYZE ${table}`)
  await run('BEGIN')
  try {
    // PostgreSQL would scan a table of a few rows in full even if it has an index.
    await run('SET LOCAL enable_seqscan = off')
    const scans: string[] = []
    for (const [sql, values] of [...planned(statements), ...(await cascades(run, statements))]) {
      const [row] = (await run(`EXPLAIN (FORMAT JSON) ${sql}`, values)) as PlanRow[]
      scans.push(...scansOf(row!['QUERY PLAN'][0].Plan, false))
    }
    return scans
  } finally {
    await run('ROLLBACK')
  }
}

/** Returns the statements that PostgreSQL itself runs for ON DELETE CASCADE and SET NULL. */
async function cascades(run: Run, statements: readonly Statement[]): Promise<Statement[]> {
  const deleted = statements.flatMap(([sql]) => {
    const [, table] = /\bDELETE FROM\s+(?:ONLY\s+)?("?[\w."]+"?)/i.exec(sql) ?? []
    return table === undefined ? [] : [table]
  })
  const found: Statement[] = []
  for (const table of new Set(deleted)) {
    const keys = (await run(
      `SELECT conrelid::regclass::text AS child, attname AS "column" FROM pg_constraint
       JOIN pg_attribute ON attrelid = conrelid AND attnum = ANY (conkey)
       WHERE contype = 'f' AND confdeltype IN ('c', 'n') AND confrelid = $1::regclass`,
      [table],
    )) as { child: string; column: string }[]
    for (const { child, column } of keys)
      found.push([`DELETE FROM ${child} WHERE "${column}" = 'x'`, []])
  }
  return found
}

interface PlanRow {
  'QUERY PLAN': [{ Plan: Plan }]
}

interface Plan {
  'Node Type': string
  'Relation Name'?: string
  'Index Name'?: string
  'Index Cond'?: string
  Plans?: Plan[]
}

/** An index that is read from one end is no scan if the plan stops after some rows. */
function scansOf(plan: Plan, isLimited: boolean): string[] {
  const type = plan['Node Type']
  const inner = (plan.Plans ?? []).flatMap((one) =>
    scansOf(one, type === 'Limit' || (isLimited && type !== 'Sort')),
  )
  if (type === 'Seq Scan') return [plan['Relation Name'] ?? '?', ...inner]
  const isWhole = /Index (?:Only )?Scan/.test(type) && plan['Index Cond'] === undefined
  return isWhole && !isLimited ? [`the index ${plan['Index Name']}`, ...inner] : inner
}

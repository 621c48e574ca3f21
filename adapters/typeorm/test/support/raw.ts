import type { Context, RawHooks } from '@oauth2-kit/conformance'
import libsql from 'libsql'
import type { DataSource } from 'typeorm'
import { openedBy, tablesOf } from './create'
import { recorded } from './recorder'

/** Hooks that access the tables of a store directly, with a DataSource of its namespace. */
export const raw: RawHooks = {
  async dump(context) {
    const rows = await Promise.all(
      tables(context).map((table) => openedBy(context).query(`SELECT * FROM ${table}`)),
    )
    return JSON.stringify(rows)
  },

  async count(context) {
    const counts = await Promise.all(
      tables(context).map((table) => openedBy(context).query(`SELECT COUNT(*) AS n FROM ${table}`)),
    )
    return counts.reduce((sum, [{ n }]) => sum + Number(n), 0)
  },

  async explain(context, work) {
    const dataSource = openedBy(context)
    const { statements } = await recorded(dataSource, work)
    // The planner uses the statistics of the last ANALYZE.
    const { type } = dataSource.options
    const analyze = { postgres: 'ANALYZE', mariadb: 'ANALYZE TABLE' }[type as string]
    if (analyze) for (const table of tables(context)) await dataSource.query(`${analyze} ${table}`)
    const plans = await Promise.all(
      statements.map(async ([sql, parameters]) => planOf(dataSource, sql, parameters)),
    )
    return plans.flat()
  },

  async alive(context) {
    const [{ one }] = await openedBy(context).query('SELECT 1 AS one')
    return Number(one) === 1
  },

  async damage(context) {
    const { credentials } = tablesOf(context.namespace)
    const runner = openedBy(context).createQueryRunner()
    try {
      await runner.dropForeignKey(credentials, `fk_${credentials}_grant`)
    } finally {
      await runner.release()
    }
    return 'dropped the foreign key'
  },

  async older(context) {
    const { credentials } = tablesOf(context.namespace)
    const hash = 'a'.repeat(64)
    const [grant, future] = [`older-${context.namespace}`, Date.now() + 600_000]
    // As 0.1.0 wrote them.
    const names =
      'id, kind, grant_id, claims, client_id, user_id, data, created_at, expires_at, keep_until'
    const root = `'${grant}', 'grant', NULL, NULL, 'client', 'user', '{}', 1, NULL, ${future}`
    const token = `'${hash}', 'access', '${grant}', NULL, 'client', 'user', '{"scope":""}', 1, ${future}, ${future}`
    await openedBy(context).query(
      `INSERT INTO ${credentials} (${names}) VALUES (${root}), (${token})`,
    )
    return hash
  },
}

function tables({ namespace }: Context): string[] {
  return Object.values(tablesOf(namespace))
}

/** Returns the tables that a statement scans in full. */
async function planOf(dataSource: DataSource, sql: string, parameters: unknown[]) {
  const { type } = dataSource.options
  if (type === 'postgres') {
    return dataSource.transaction(async (manager) => {
      // PostgreSQL would scan a table of a few rows in full even if it has an index.
      await manager.query('SET LOCAL enable_seqscan = off')
      const [row] = await manager.query(`EXPLAIN (FORMAT JSON) ${sql}`, parameters)
      return postgresScans(row['QUERY PLAN'][0].Plan)
    })
  }
  if (type === 'mariadb') {
    const rows: { select_type: string; type: string | null; table: string }[] =
      await dataSource.query(`EXPLAIN ${sql}`, parameters)
    // Derived tables are the values in the statement itself.
    const whole = rows.filter(
      (row) => row.select_type !== 'INSERT' && (row.type === 'ALL' || row.type === 'index'),
    )
    return whole.map((row) => row.table).filter((table) => !table.startsWith('<'))
  }
  return sqliteScans(String(dataSource.options.database), sql, parameters)
}

/** Uses a separate connection, because libsql leaves an explained statement open. */
function sqliteScans(file: string, sql: string, parameters: unknown[]): string[] {
  const database = new libsql(file)
  try {
    const rows = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...parameters)
    const details = (rows as { detail: string }[]).map(({ detail }) => detail)
    // `v` and constants are the values in the statement itself.
    return details.filter((detail) => /^SCAN (?!v\b|(?:\d+ )?CONSTANT)/.test(detail))
  } finally {
    database.close()
  }
}

interface Plan {
  'Node Type': string
  'Relation Name'?: string
  Plans?: Plan[]
}

function postgresScans(plan: Plan): string[] {
  const inner = (plan.Plans ?? []).flatMap(postgresScans)
  return plan['Node Type'] === 'Seq Scan' ? [plan['Relation Name'] ?? '?', ...inner] : inner
}

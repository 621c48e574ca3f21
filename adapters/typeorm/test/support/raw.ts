import type { Context, RawHooks } from '@oauth2-kit/conformance'
import libsql from 'libsql'
import { type Run, mariadbScans, postgresScans, sqliteScans } from '../../../../test/support/plans'
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
    if (type === 'postgres')
      return dataSource.transaction((manager) =>
        postgresScans(manager.query.bind(manager), statements),
      )
    if (type === 'mariadb') return mariadbScans(dataSource.query.bind(dataSource), statements)
    return withSqlite(String(dataSource.options.database), (run) => sqliteScans(run, statements))
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

/** Uses a separate connection, because libsql leaves an explained statement open. */
async function withSqlite<T>(file: string, work: (run: Run) => Promise<T>): Promise<T> {
  const database = new libsql(file)
  try {
    return await work(async (sql, parameters = []) => database.prepare(sql).all(...parameters))
  } finally {
    database.close()
  }
}

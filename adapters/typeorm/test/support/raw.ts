import type { Context, RawHooks } from '@oauth2-kit/conformance'
import { type MysqlPool, mysqlRaw } from '@oauth2-kit/conformance/raw/mysql'
import { type PostgresPool, postgresRaw } from '@oauth2-kit/conformance/raw/postgres'
import { type SqlHooks, type SqliteDatabase, sqliteRaw } from '@oauth2-kit/conformance/raw/sqlite'
import { openedBy, tablesOf } from './create'
import { recorded } from './recorder'

const tables = ({ namespace }: Context) => Object.values(tablesOf(namespace))

const mysqlHooks = mysqlRaw({ tables, pool: (context) => driverOf(context).pool.promise() })

/** The hooks for each database, on the connections of the DataSource. */
const engines: Record<string, SqlHooks> = {
  postgres: postgresRaw({
    tables,
    pool: (context) => driverOf(context).master,
  }),
  mariadb: mysqlHooks,
  mysql: mysqlHooks,
  'better-sqlite3': sqliteRaw({
    tables,
    database: (context) => driverOf(context).databaseConnection,
    statements: async (context, work) => (await recorded(openedBy(context), work)).statements,
  }),
}

/** What TypeORM's drivers have: the pools of `pg` and `mysql2`, and the database of libsql. */
interface Driver {
  master: PostgresPool
  pool: { promise(): MysqlPool }
  databaseConnection: SqliteDatabase
}

function driverOf(context: Context): Driver {
  return openedBy(context).driver as unknown as Driver
}

function engineOf(context: Context): SqlHooks {
  return engines[openedBy(context).options.type]!
}

/** Hooks that access the tables of a store directly, with a DataSource of its namespace. */
export const raw: RawHooks = {
  dump: (context) => engineOf(context).dump(context),
  count: (context) => engineOf(context).count(context),
  explain: (context, work) => engineOf(context).explain(context, work),
  alive: (context) => engineOf(context).alive(context),

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

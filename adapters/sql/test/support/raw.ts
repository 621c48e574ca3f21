import type { Context, RawHooks } from '@oauth2-kit/conformance'
import { mysqlRaw } from '@oauth2-kit/conformance/raw/mysql'
import { postgresRaw } from '@oauth2-kit/conformance/raw/postgres'
import { sqliteRaw } from '@oauth2-kit/conformance/raw/sqlite'
import { createClient } from '@libsql/client'
import Database from 'libsql'
import { createPool } from 'mysql2/promise'
import { Pool } from 'pg'
import type { Engine } from './binding'
import { tablesOf } from './conformance-module'
import { isServer } from './libsql-server'

/** The hooks that reach the tables of a store, over a connection of their own. */
export interface RawConnection {
  raw: RawHooks
  /** Runs a statement without values. */
  run(sql: string): Promise<unknown[]>
  close(): Promise<void>
}

const tables = ({ namespace }: Context) => Object.values(tablesOf(namespace))

const connections: Record<
  Engine | 'libsql',
  (url: string) => Omit<RawConnection, 'raw'> & { raw: RawHooks }
> = {
  postgres(url) {
    const pool = new Pool({ connectionString: url, max: 2 })
    pool.on('error', () => {})
    return {
      raw: postgresRaw({ tables, pool: () => pool }),
      run: async (sql) => (await pool.query(sql)).rows,
      close: () => pool.end(),
    }
  },

  mariadb(url) {
    const pool = createPool(url)
    return {
      raw: mysqlRaw({ tables, pool: () => pool }),
      run: async (sql) => (await pool.query(sql))[0] as unknown[],
      close: () => pool.end(),
    }
  },

  sqlite(file) {
    const database = new Database(file, { timeout: 20_000 })
    return {
      raw: sqliteRaw({ tables, database: () => database }),
      async run(sql) {
        const statement = database.prepare(sql)
        return statement.reader ? statement.all() : [statement.run()]
      },
      close: async () => void database.close(),
    }
  },

  libsql(url) {
    const client = createClient({ url })
    const rowsOf = async (sql: string, args: never[]) => (await client.execute({ sql, args })).rows
    const prepare = (sql: string) => ({ all: (...values: never[]) => rowsOf(sql, values) })
    return {
      raw: sqliteRaw({ tables, database: () => ({ prepare }) }),
      run: (sql) => rowsOf(sql, []),
      close: async () => client.close(),
    }
  },
}

/** Opens a connection for the hooks. */
export function openRaw(engine: Engine, url: string): RawConnection {
  const connection = connections[isServer(url) ? 'libsql' : engine](url)
  const { raw } = connection
  const run = (sql: string) => connection.run(sql)
  return {
    run,
    close: () => connection.close(),
    raw: {
      dump: (context) => raw.dump!(context),
      count: (context) => raw.count!(context),
      alive: (context) => raw.alive!(context),

      async damage({ namespace }) {
        const { credentials } = tablesOf(namespace)
        const [done, statement] = damages[engine](credentials)
        await run(statement)
        return done
      },

      async older({ namespace }) {
        const { credentials } = tablesOf(namespace)
        const hash = 'a'.repeat(64)
        const [grant, future] = [`older-${namespace}`, Date.now() + 600_000]
        // As 0.1.0 wrote them.
        const names =
          'id, kind, grant_id, claims, client_id, user_id, data, created_at, expires_at, keep_until'
        const root = `'${grant}', 'grant', NULL, NULL, 'client', 'user', '{}', 1, NULL, ${future}`
        const token = `'${hash}', 'access', '${grant}', NULL, 'client', 'user', '{"scope":""}', 1, ${future}, ${future}`
        await run(`INSERT INTO ${credentials} (${names}) VALUES (${root}), (${token})`)
        return hash
      },
    },
  }
}

type Damage = (table: string) => [done: string, statement: string]

const dropKey = (what: string): Damage => {
  return (table) => [
    'dropped the foreign key',
    `ALTER TABLE ${table} DROP ${what} fk_${table}_grant`,
  ]
}
const dropIndex: Damage = (table) => ['dropped the unique index', `DROP INDEX uq_${table}_claims`]

const damages: Record<Engine, Damage> = {
  postgres: dropKey('CONSTRAINT'),
  mariadb: dropKey('FOREIGN KEY'),
  sqlite: dropIndex,
}

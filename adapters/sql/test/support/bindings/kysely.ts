import { kyselyStore } from '@oauth2-kit/sql/kysely'
import {
  CamelCasePlugin,
  type Dialect,
  Kysely,
  MysqlDialect,
  PostgresDialect,
  SqliteDialect,
} from 'kysely'
import Database from 'libsql'
import { createPool } from 'mysql2'
import { Pool } from 'pg'
import { mysqlDialect } from '../../../../../test/support/mysql-server'
import type { Binding, Engine } from '../binding'

const dialects: Record<Engine, (url: string, patience: number) => Dialect> = {
  postgres(connectionString, patience) {
    const timeouts = { query_timeout: patience, connectionTimeoutMillis: patience }
    const pool = new Pool({ connectionString, max: 4, ...timeouts })
    // A connection that is lost, while it is idle or in use. Kysely does not listen for it.
    pool.on('error', () => {})
    pool.on('connect', (client) => client.on('error', () => {}))
    return new PostgresDialect({ pool })
  },

  mariadb: (uri, connectTimeout) =>
    new MysqlDialect({ pool: createPool({ uri, connectionLimit: 4, connectTimeout }) }),

  sqlite(file, timeout) {
    const database = new Database(file, { timeout })
    database.pragma('journal_mode = WAL')
    return new SqliteDialect({ database })
  },
}

/** Returns the dialect of an engine. */
export function dialectOf(url: string, engine: Engine, patience: number): Dialect {
  return dialects[engine](url, patience)
}

export const binding: Binding = {
  name: 'kysely',
  engines: ['postgres', 'mariadb', 'sqlite'],

  async open(url, engine, patience) {
    const dialect = engine === 'mariadb' ? mysqlDialect : engine
    // A plugin that changes the names of columns must not matter.
    const plugins = [new CamelCasePlugin()]
    const db = new Kysely<unknown>({ dialect: dialectOf(url, engine, patience), plugins })
    return {
      storeOn: (options) => kyselyStore(db, { dialect, ...options }),
      transaction: (work) =>
        db
          .transaction()
          .execute((transaction) =>
            work((options) => kyselyStore(transaction, { dialect, ...options })),
          ),
      close: () => db.destroy(),
    }
  },
}

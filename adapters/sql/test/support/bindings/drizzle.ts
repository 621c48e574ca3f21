import { createClient } from '@libsql/client'
import { type DrizzleClient, drizzleStore } from '@oauth2-kit/sql/drizzle'
import type { Logger } from 'drizzle-orm'
import { drizzle as onLibsql } from 'drizzle-orm/libsql'
import { drizzle as onMysql2 } from 'drizzle-orm/mysql2'
import { drizzle as onPg } from 'drizzle-orm/node-postgres'
import { createPool } from 'mysql2/promise'
import { Pool } from 'pg'
import { mysqlDialect } from '../../../../../test/support/mysql-server'
import type { Binding, Engine } from '../binding'

/** A database of Drizzle, whose transactions are those of its driver. */
export type Db = DrizzleClient & {
  transaction<T>(work: (transaction: DrizzleClient) => Promise<T>): Promise<T>
}

/** Settings of Drizzle. */
interface Config {
  logger?: Logger
}

interface OpenedDb {
  db: Db
  close: () => Promise<void> | void
}

const opens: Record<Engine, (url: string, patience: number, config: Config) => Promise<OpenedDb>> =
  {
    async postgres(connectionString, patience, config) {
      const timeouts = { query_timeout: patience, connectionTimeoutMillis: patience }
      const pool = new Pool({ connectionString, max: 4, ...timeouts })
      // A connection that is lost, while it is idle or in a transaction. Drizzle does not listen for it.
      pool.on('error', () => {})
      pool.on('connect', (client) => client.on('error', () => {}))
      return { db: onPg(pool, config) as Db, close: () => pool.end() }
    },

    async mariadb(uri, connectTimeout, config) {
      const pool = createPool({ uri, connectionLimit: 4, connectTimeout })
      return { db: onMysql2(pool, config) as Db, close: () => pool.end() }
    },

    async sqlite(file, timeout, config) {
      const client = createClient({ url: `file:${file}`, timeout })
      await client.execute('PRAGMA journal_mode = WAL')
      return { db: onLibsql(client, config) as Db, close: () => client.close() }
    },
  }

/** Opens a database of an engine. */
export function openDb(
  url: string,
  engine: Engine,
  patience: number,
  config: Config = {},
): Promise<OpenedDb> {
  return opens[engine](url, patience, config)
}

export const binding: Binding = {
  name: 'drizzle',
  engines: ['postgres', 'mariadb', 'sqlite'],

  async open(url, engine, patience) {
    const { db, close } = await openDb(url, engine, patience)
    const dialect = engine === 'mariadb' ? { dialect: mysqlDialect } : {}
    return {
      storeOn: (options) => drizzleStore(db, { ...dialect, ...options }),
      transaction: (work) =>
        db.transaction((transaction) =>
          work((options) => drizzleStore(transaction, { ...dialect, ...options })),
        ),
      close: async () => close(),
    }
  },
}

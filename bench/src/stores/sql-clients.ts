import { createClient } from '@libsql/client'
import type { SqlStore } from '@oauth2-kit/sql'
import { betterSqlite3Store } from '@oauth2-kit/sql/better-sqlite3'
import { drizzleStore } from '@oauth2-kit/sql/drizzle'
import { knexStore } from '@oauth2-kit/sql/knex'
import { kyselyStore } from '@oauth2-kit/sql/kysely'
import { libsqlStore } from '@oauth2-kit/sql/libsql'
import { mariadbStore } from '@oauth2-kit/sql/mariadb'
import { mysql2Store } from '@oauth2-kit/sql/mysql2'
import { pgStore } from '@oauth2-kit/sql/pg'
import { postgresStore } from '@oauth2-kit/sql/postgres'
import { sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import knex from 'knex'
import { CompiledQuery, Kysely, PostgresDialect } from 'kysely'
import Database from 'libsql'
import mariadb from 'mariadb'
import { createPool } from 'mysql2/promise'
import { Pool } from 'pg'
import postgres from 'postgres'
import type { SqlClient } from './sql-by-hand'

/** How to open a client of the SQL store. */
export interface OpenClient {
  database: 'postgres' | 'mariadb' | 'sqlite'
  open: (url: string) => Promise<{ store: SqlStore; client: SqlClient }>
}

const connections = 10

/** The clients that have a store, by the subpath of `@oauth2-kit/sql`. */
export const sqlClients = {
  pg: {
    database: 'postgres',
    async open(url) {
      const pool = new Pool({ connectionString: url, max: connections })
      const query: SqlClient['query'] = (text, values) => pool.query(text, values)
      const client: SqlClient = { dialect: 'postgres', query, end: () => pool.end() }
      return { store: pgStore(pool), client }
    },
  },

  postgres: {
    database: 'postgres',
    async open(url) {
      const own = postgres(url, { max: connections })
      const client: SqlClient = {
        dialect: 'postgres',
        query: async (text, values) => own.unsafe(text, values, { prepare: true }),
        end: () => own.end(),
      }
      return { store: postgresStore(own), client }
    },
  },

  mysql2: {
    database: 'mariadb',
    async open(uri) {
      const pool = createPool({ uri, connectionLimit: connections })
      const query: SqlClient['query'] = (text, values) => pool.execute(text, values)
      const client: SqlClient = { dialect: 'mysql', query, end: () => pool.end() }
      return { store: mysql2Store(pool, { dialect: 'mariadb' }), client }
    },
  },

  mariadb: {
    database: 'mariadb',
    async open(url) {
      const { hostname, port, username, password, pathname } = new URL(url)
      const pool = mariadb.createPool({
        host: hostname,
        port: Number(port),
        user: decodeURIComponent(username),
        password: decodeURIComponent(password),
        database: pathname.slice(1),
        connectionLimit: connections,
      })
      const query: SqlClient['query'] = (text, values) => pool.execute(text, values)
      const client: SqlClient = { dialect: 'mysql', query, end: () => pool.end() }
      return { store: mariadbStore(pool), client }
    },
  },

  // The package `libsql`, which has the same interface.
  'better-sqlite3': {
    database: 'sqlite',
    async open(file) {
      const database = new Database(file)
      database.pragma('journal_mode = WAL')
      const client: SqlClient = {
        dialect: 'sqlite',
        async query(text, values) {
          const statement = database.prepare(text)
          return statement.reader ? statement.all(values) : statement.run(values)
        },
        end: async () => void database.close(),
      }
      return { store: betterSqlite3Store(database), client }
    },
  },

  libsql: {
    database: 'sqlite',
    async open(file) {
      const own = createClient({ url: `file:${file}` })
      await own.execute('PRAGMA journal_mode = WAL')
      const query: SqlClient['query'] = (text, values) => own.execute({ sql: text, args: values })
      const client: SqlClient = { dialect: 'sqlite', query, end: async () => own.close() }
      return { store: libsqlStore(own), client }
    },
  },

  drizzle: {
    database: 'postgres',
    async open(url) {
      const pool = new Pool({ connectionString: url, max: connections })
      const db = drizzle(pool)
      const client: SqlClient = {
        dialect: 'postgres',
        takesQuestionMarks: true,
        query(text, values) {
          const parts = text.split('?')
          const chunks = parts.flatMap((part, at) =>
            at === 0 ? [sql.raw(part)] : [sql.param(values[at - 1]), sql.raw(part)],
          )
          return db.execute(sql.join(chunks))
        },
        end: () => pool.end(),
      }
      return { store: drizzleStore(db), client }
    },
  },

  kysely: {
    database: 'postgres',
    async open(url) {
      const pool = new Pool({ connectionString: url, max: connections })
      const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) })
      const client: SqlClient = {
        dialect: 'postgres',
        query: (text, values) => db.executeQuery(CompiledQuery.raw(text, values)),
        end: () => db.destroy(),
      }
      return { store: kyselyStore(db, { dialect: 'postgres' }), client }
    },
  },

  knex: {
    database: 'postgres',
    async open(url) {
      const own = knex({ client: 'pg', connection: url, pool: { min: 0, max: connections } })
      const client: SqlClient = {
        dialect: 'postgres',
        takesQuestionMarks: true,
        query: async (text, values) => own.raw(text, values as never),
        end: () => own.destroy(),
      }
      return { store: knexStore(own), client }
    },
  },
} satisfies Record<string, OpenClient>

/** The name of a client. */
export type SqlClientName = keyof typeof sqlClients

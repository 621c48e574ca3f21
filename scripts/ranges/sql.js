'use strict'
const { RANGE_PEER, RANGE_URL } = process.env
const made = new Map()
const connections = 4
const patience = 4000

exports.url = RANGE_URL || null
exports.deadline = 20_000

/** How to open each client: the function that makes its store, and what closes it. */
const clients = {
  pg(url) {
    const { pgStore } = require('@oauth2-kit/sql/pg')
    const pool = poolOf(url)
    return { storeWith: (options) => pgStore(pool, options), close: () => pool.end() }
  },

  postgres(url) {
    const { postgresStore } = require('@oauth2-kit/sql/postgres')
    const loaded = require('postgres')
    // An ES module since version 4.
    const sql = (loaded.default ?? loaded)(url, { max: connections })
    return {
      storeWith: (options) => postgresStore(sql, { timeout: patience, ...options }),
      close: () => sql.end({ timeout: 0 }),
    }
  },

  mysql2(uri) {
    const { mysql2Store } = require('@oauth2-kit/sql/mysql2')
    const pool = require('mysql2/promise').createPool({
      uri,
      connectionLimit: connections,
      connectTimeout: patience,
    })
    return {
      storeWith: (options) => mysql2Store(pool, { timeout: patience, ...options }),
      close: () => pool.end(),
    }
  },

  mariadb(url) {
    const { mariadbStore } = require('@oauth2-kit/sql/mariadb')
    const { hostname, port, username, password, pathname } = new URL(url)
    const pool = require('mariadb').createPool({
      host: hostname,
      port: Number(port),
      user: decodeURIComponent(username),
      password: decodeURIComponent(password),
      database: pathname.slice(1),
      connectionLimit: connections,
      collation: 'UTF8MB4_UNICODE_CI',
    })
    return {
      storeWith: (options) => mariadbStore(pool, { timeout: patience, ...options }),
      close: () => pool.end(),
    }
  },

  '@libsql/client'() {
    const { libsqlStore } = require('@oauth2-kit/sql/libsql')
    const client = require('@libsql/client').createClient({ url: 'file:oauth.sqlite' })
    return {
      storeWith: (options) => libsqlStore(client, options),
      close: async () => client.close(),
    }
  },

  'drizzle-orm'(url) {
    const { drizzleStore } = require('@oauth2-kit/sql/drizzle')
    const pool = poolOf(url)
    const db = require('drizzle-orm/node-postgres').drizzle(pool)
    return { storeWith: (options) => drizzleStore(db, options), close: () => pool.end() }
  },

  kysely(url) {
    const { kyselyStore } = require('@oauth2-kit/sql/kysely')
    const { Kysely, PostgresDialect } = require('kysely')
    const db = new Kysely({ dialect: new PostgresDialect({ pool: poolOf(url) }) })
    return {
      storeWith: (options) => kyselyStore(db, { dialect: 'postgres', ...options }),
      close: () => db.destroy(),
    }
  },

  knex(url) {
    const { knexStore } = require('@oauth2-kit/sql/knex')
    const connection = { connectionString: url, query_timeout: patience }
    const db = require('knex')({ client: 'pg', connection, pool: { min: 0, max: connections } })
    return { storeWith: (options) => knexStore(db, options), close: () => db.destroy() }
  },
}

exports.create = async ({ url = RANGE_URL, namespace }) => {
  const tables = {
    credentials: `${namespace}_credentials`,
    clients: `${namespace}_clients`,
    users: `${namespace}_users`,
    records: `${namespace}_records`,
  }
  const { storeWith, close } = clients[RANGE_PEER](url)
  const store = storeWith({ tables })
  const ready = made.get(namespace) ?? store.migrate()
  made.set(namespace, ready)
  await ready
  return { store, close }
}

function poolOf(connectionString) {
  const { Pool } = require('pg')
  const pool = new Pool({
    connectionString,
    max: connections,
    query_timeout: patience,
    connectionTimeoutMillis: patience,
  })
  // A connection that is lost, while it is idle or in use.
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  return pool
}

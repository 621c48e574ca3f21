'use strict'
const { oauthTables, typeormStore } = require('@oauth2-kit/typeorm')
const { DataSource } = require('typeorm')

const { RANGE_URL } = process.env
const made = new Map()

exports.url = RANGE_URL || null
// mysql2 sets no limit to the wait for a connection.
exports.deadline = RANGE_URL.startsWith('mysql:') ? null : 20_000

exports.create = async ({ url = RANGE_URL, namespace }) => {
  const tables = {
    credentials: `${namespace}_credentials`,
    clients: `${namespace}_clients`,
    users: `${namespace}_users`,
    records: `${namespace}_records`,
  }
  const options = optionsFor(url)
  const dataSource = new DataSource({
    ...options,
    ...oauthTables(options.type, { tables }),
    migrationsTableName: `${namespace}_migrations`,
  })
  await dataSource.initialize()
  // Several processes may do this at once: a later one finds the tables when it tries again.
  const ready =
    made.get(namespace) ?? dataSource.runMigrations().catch(() => dataSource.runMigrations())
  made.set(namespace, ready)
  await ready
  return { store: typeormStore(dataSource, { tables }), close: () => dataSource.destroy() }
}

/** TypeORM before 0.3.28 calls the driver as a function, which the class of libsql refuses. */
function driver(...args) {
  const Database = require('libsql')
  return new Database(...args)
}

function optionsFor(url) {
  if (url.startsWith('postgres:')) {
    return { type: 'postgres', url, connectTimeoutMS: 4000, extra: { query_timeout: 4000 } }
  }
  if (url.startsWith('mysql:')) return { type: 'mariadb', url, connectTimeout: 4000 }
  return {
    type: 'better-sqlite3',
    database: 'oauth.sqlite',
    driver,
    enableWAL: true,
    timeout: 5000,
  }
}

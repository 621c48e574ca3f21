import { knexStore } from '@oauth2-kit/sql/knex'
import knex, { type Knex } from 'knex'
import Database from 'libsql'
import { mysqlDialect } from '../../../../../test/support/mysql-server'
import type { Binding, Engine } from '../binding'

const Client = require('knex/lib/dialects/better-sqlite3') as typeof Knex.Client

/** The client of Knex for better-sqlite3, with a package that has its binary inside. */
class LibsqlClient extends Client {
  _driver() {
    return Database
  }
}

const configs: Record<Engine, (url: string, patience: number) => Knex.Config> = {
  postgres(connectionString, patience) {
    const timeouts = { query_timeout: patience, connectionTimeoutMillis: patience }
    return { client: 'pg', connection: { connectionString, ...timeouts } }
  },

  mariadb: (uri, connectTimeout) => ({
    client: 'mysql2',
    connection: { uri, connectTimeout },
  }),

  sqlite: (filename, patience) => ({
    client: LibsqlClient,
    connection: { filename },
    useNullAsDefault: true,
    pool: {
      afterCreate(database: Database.Database, done: (error?: Error) => void) {
        database.pragma(`busy_timeout = ${patience}`)
        database.pragma('journal_mode = WAL')
        done()
      },
    },
  }),
}

/** Returns the configuration of an engine. */
export function configOf(url: string, engine: Engine, patience: number): Knex.Config {
  const config = configs[engine](url, patience)
  const pool = engine === 'sqlite' ? config.pool : { min: 0, max: 4 }
  return { ...config, ...(pool && { pool }), acquireConnectionTimeout: patience }
}

export const binding: Binding = {
  name: 'knex',
  engines: ['postgres', 'mariadb', 'sqlite'],

  async open(url, engine, patience) {
    const db = knex({
      ...configOf(url, engine, patience),
      // What an application makes of rows and names must not matter.
      postProcessResponse: () => 'not rows',
      wrapIdentifier: (name) => `not-${name}`,
    })
    const dialect = engine === 'mariadb' ? { dialect: mysqlDialect } : {}
    return {
      storeOn: (options) => knexStore(db, { ...dialect, ...options }),
      transaction: (work) =>
        db.transaction((transaction) =>
          work((options) => knexStore(transaction, { ...dialect, ...options })),
        ),
      close: () => db.destroy(),
    }
  },
}

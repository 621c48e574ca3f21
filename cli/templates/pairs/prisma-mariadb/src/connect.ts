import { createConnection } from 'mariadb'
import type { Connection } from './connection.js'
import { url } from './database.js'

/** The table in which Prisma records its migrations. */
export const migrationsTable = `CREATE TABLE IF NOT EXISTS _prisma_migrations (
  id VARCHAR(36) PRIMARY KEY NOT NULL,
  checksum VARCHAR(64) NOT NULL,
  finished_at DATETIME(3),
  migration_name VARCHAR(255) NOT NULL,
  logs TEXT,
  rolled_back_at DATETIME(3),
  started_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  applied_steps_count INTEGER UNSIGNED NOT NULL DEFAULT 0
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`

/** The time, as Prisma writes it into that table. */
export const now = 'UTC_TIMESTAMP(3)'

/** Returns the server and the account in the URL, and how the driver connects. */
export function account() {
  const { hostname, port, username, password, pathname } = new URL(url)
  return {
    host: hostname,
    port: Number(port || 3306),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    database: decodeURIComponent(pathname.slice(1)),
    // Set while it connects: the driver doesn't handle a failure of the statement that it saves.
    collation: 'UTF8MB4_UNICODE_CI',
  }
}

/** Opens a connection. */
export async function connect(): Promise<Connection> {
  const connection = await createConnection({
    ...account(),
    connectTimeout: 5000,
    multipleStatements: true,
  })
  return {
    async lock() {
      const [row] = await connection.query(`SELECT GET_LOCK('prisma_migrate', 600) AS locked`)
      if (Number(row.locked) !== 1) throw new Error('Other migrations have run for ten minutes')
    },
    run: (script) => connection.query(script),
    query: (sql, values) => connection.query(sql, values),
    [Symbol.asyncDispose]: () => connection.end(),
  }
}

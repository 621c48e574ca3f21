import pg from 'pg'
import type { Connection } from './connection.js'
import { url } from './database.js'

/** The table in which Prisma records its migrations. */
export const migrationsTable = `CREATE TABLE IF NOT EXISTS _prisma_migrations (
  id VARCHAR(36) PRIMARY KEY NOT NULL,
  checksum VARCHAR(64) NOT NULL,
  finished_at TIMESTAMPTZ,
  migration_name VARCHAR(255) NOT NULL,
  logs TEXT,
  rolled_back_at TIMESTAMPTZ,
  started_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  applied_steps_count INTEGER NOT NULL DEFAULT 0
)`

/** The time, as Prisma writes it into that table. */
export const now = 'now()'

/** Opens a connection. */
export async function connect(): Promise<Connection> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 })
  // The query that it interrupts reports the error, too.
  client.on('error', () => {})
  await client.connect()
  return {
    lock: () => client.query('SELECT pg_advisory_lock(72707369)'),
    run: (script) => client.query(script),
    async query(sql, values = []) {
      let count = 0
      const { rows } = await client.query(
        sql.replaceAll('?', () => `$${++count}`),
        values,
      )
      return rows as Record<string, unknown>[]
    },
    [Symbol.asyncDispose]: () => client.end(),
  }
}

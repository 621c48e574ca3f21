import Database from 'libsql'
import type { Connection } from './connection.js'
import { file } from './database.js'
import { lockMigrations } from './migration-lock.js'

/** The table in which Prisma records its migrations. */
export const migrationsTable = `CREATE TABLE IF NOT EXISTS _prisma_migrations (
  id TEXT PRIMARY KEY NOT NULL,
  checksum TEXT NOT NULL,
  finished_at DATETIME,
  migration_name TEXT NOT NULL,
  logs TEXT,
  rolled_back_at DATETIME,
  started_at DATETIME NOT NULL DEFAULT current_timestamp,
  applied_steps_count INTEGER UNSIGNED NOT NULL DEFAULT 0
)`

/** The time, as Prisma writes it into that table. */
export const now = `CAST(unixepoch('subsec') * 1000 AS INTEGER)`

/** Opens a connection. */
export async function connect(): Promise<Connection> {
  // How long it waits for the writes of the server, in milliseconds.
  const database = new Database(file, { timeout: 60_000 })
  let held: Disposable | undefined
  return {
    async lock() {
      held = lockMigrations()
      // From now on, readers and one writer can work at the same time.
      database.exec('PRAGMA journal_mode = WAL')
    },
    run: async (script) => database.exec(script),
    query: async (sql, values = []) =>
      database.prepare(sql).all(...values) as Record<string, unknown>[],
    async [Symbol.asyncDispose]() {
      database.close()
      held?.[Symbol.dispose]()
    },
  }
}

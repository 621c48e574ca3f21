import { closeSync, openSync } from 'node:fs'
import { betterSqlite3Store } from '@oauth2-kit/sql/better-sqlite3'
// The interface of better-sqlite3, with the binary inside the package.
import Database from 'libsql'
import type { Connection } from './connection.js'
import { file } from './database.js'
import { lockMigrations } from './migration-lock.js'

/** Returns the store on its file, which is created if it is missing. */
export function connect(): Connection {
  // Only its owner may read it. The files that SQLite adds have the same mode.
  closeSync(openSync(file, 'a', 0o600))
  // How long a call waits for a write of another process, in milliseconds. No request is answered
  // meanwhile, so it is short; the store tries again for four seconds.
  const database = new Database(file, { timeout: 100 })
  const store = betterSqlite3Store(database)
  return {
    store,

    /** Creates what the file lacks of the tables. */
    async prepare() {
      using _lock = lockMigrations()
      // Readers and one writer can work at the same time.
      database.exec('PRAGMA journal_mode = WAL')
      database.exec('PRAGMA foreign_keys = ON')
      await store.migrate()
    },

    close: async () => database.close(),
  }
}

import { closeSync, openSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { SqlStore } from '@oauth2-kit/sql'
import { betterSqlite3Store } from '@oauth2-kit/sql/better-sqlite3'
import { mysql2Store } from '@oauth2-kit/sql/mysql2'
import { pgStore } from '@oauth2-kit/sql/pg'
import Database from 'libsql'
import { createPool } from 'mysql2/promise'
import { Pool } from 'pg'
import type { Config } from '../config.js'
import { ConfigurationError } from '../provider/environment.js'
import type { OpenStore } from '../provider/setting.js'

/** A store, and how to close its connection. */
interface Opened {
  store: SqlStore
  close: () => Promise<unknown>
}

/** How a database is opened whose URL begins so. */
const databases = new Map<string, (url: string, timeout: number) => Opened>([
  ['postgres', postgres],
  ['postgresql', postgres],
  ['mysql', (url, timeout) => mysql(url, timeout, 'mysql')],
  ['mariadb', (url, timeout) => mysql(url, timeout, 'mariadb')],
  ['file', sqlite],
])

/** PostgreSQL, MariaDB, MySQL or a SQLite file, without an ORM. */
export async function sql({
  databaseUrl = 'file:provider.db',
  driverTimeout,
}: Config): Promise<OpenStore> {
  const open = databases.get(databaseUrl.slice(0, databaseUrl.indexOf(':')))
  if (!open) {
    throw new ConfigurationError(
      'DATABASE_URL must begin with postgres:, mysql:, mariadb: or file:',
    )
  }
  let opened: Opened | undefined
  try {
    opened = open(databaseUrl, driverTimeout)
    // In production this can be a deployment step instead: `oauth2-kit sql schema` prints the SQL.
    await opened.store.migrate()
    for (const { problem, fix } of await opened.store.check()) console.warn(`${problem}: ${fix}`)
    return opened
  } catch (cause) {
    await opened?.close()
    const { message, code } = cause as NodeJS.ErrnoException
    throw new ConfigurationError(`DATABASE_URL: ${message || code}`, { cause })
  }
}

function postgres(connectionString: string, timeout: number): Opened {
  const pool = new Pool({
    connectionString,
    connectionTimeoutMillis: timeout,
    query_timeout: timeout,
  })
  // A connection that was lost while it was idle. The pool opens another one.
  pool.on('error', (error) => console.error(`PostgreSQL: ${error.message}`))
  return { store: pgStore(pool), close: () => pool.end() }
}

function mysql(uri: string, timeout: number, dialect: 'mysql' | 'mariadb'): Opened {
  const pool = createPool({ uri, connectTimeout: timeout, trace: false })
  return { store: mysql2Store(pool, { dialect, timeout }), close: () => pool.end() }
}

function sqlite(url: string): Opened {
  const file = url.startsWith('file://') ? fileURLToPath(url) : url.slice('file:'.length)
  // Only its owner may read it. The files that SQLite adds have the same mode.
  if (file !== ':memory:') closeSync(openSync(file, 'a', 0o600))
  // How long a call waits for a write of another process, in milliseconds. No request is answered
  // meanwhile, so it is short; the store tries again for four seconds.
  const database = new Database(file, { timeout: 100 })
  database.exec('PRAGMA journal_mode = WAL')
  database.exec('PRAGMA foreign_keys = ON')
  return { store: betterSqlite3Store(database), close: async () => database.close() }
}

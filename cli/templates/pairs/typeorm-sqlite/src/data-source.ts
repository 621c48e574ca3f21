import { oauthTables } from '@oauth2-kit/typeorm'
import libsql from 'libsql'
import { DataSource } from 'typeorm'
import { file } from './database.js'
import { lockMigrations } from './migration-lock.js'

/** The data source of the server. */
export const dataSource = createDataSource(5000)

/** Returns a data source that waits a minute for the writes of the server. */
export function forMigrations(): DataSource {
  return createDataSource(60_000)
}

/** Runs `work` while no other process does. Otherwise, two could create the same table. */
export async function withLock<T>(source: DataSource, work: () => Promise<T>): Promise<T> {
  using _lock = lockMigrations()
  // From now on, readers and one writer can work at the same time.
  await source.query('PRAGMA journal_mode = WAL')
  return await work()
}

function createDataSource(lockTimeout: number): DataSource {
  return new DataSource({
    type: 'better-sqlite3',
    // The interface of better-sqlite3, with the binary inside the package.
    driver: libsql,
    database: file,
    // How long a write waits for a write of another process, in milliseconds. It equals the core's
    // timeout, after which the response is a 503.
    timeout: lockTimeout,
    // Add your own entities and migrations to these.
    ...oauthTables('better-sqlite3'),
  })
}

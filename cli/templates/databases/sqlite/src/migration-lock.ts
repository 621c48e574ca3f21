import Database from 'libsql'
import { file } from './database.js'

/**
 * Waits for a minute at most until no other process migrates the database. Others then wait until
 * the lock is disposed of or this process ends.
 */
export function lockMigrations(): Disposable {
  // A database of its own: in a transaction of the real one, migrations can't turn foreign keys off.
  const lock = new Database(`${file}-migrating`, { timeout: 60_000 })
  lock.exec('BEGIN EXCLUSIVE')
  return { [Symbol.dispose]: () => lock.close() }
}

import { betterSqlite3Store } from '@oauth2-kit/sql/better-sqlite3'
// The interface of better-sqlite3, with its binary in the package.
import Database from 'libsql'
import type { Binding } from '../binding'

export const binding: Binding = {
  name: 'better-sqlite3',
  engines: ['sqlite'],

  async open(file, _engine, patience) {
    const database = new Database(file, { timeout: patience })
    database.pragma('journal_mode = WAL')
    return {
      storeOn: (options) => betterSqlite3Store(database, options),

      async transaction(work) {
        database.exec('BEGIN IMMEDIATE')
        try {
          const result = await work((options) => betterSqlite3Store(database, options))
          database.exec('COMMIT')
          return result
        } catch (error) {
          database.exec('ROLLBACK')
          throw error
        }
      },

      close: async () => void database.close(),
    }
  },
}

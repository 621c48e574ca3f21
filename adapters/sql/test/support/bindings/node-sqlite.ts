import { type NodeSqliteDatabase, nodeSqliteStore } from '@oauth2-kit/sql/node-sqlite'
import type { Binding } from '../binding'

/** The part of `node:sqlite` that is used: the types of Node.js 20 do not have the module. */
interface NodeSqlite {
  DatabaseSync: new (path: string, options?: object) => NodeSqliteDatabase & { close(): void }
}

/** Returns the module `node:sqlite`; undefined on Node.js 20. */
export function nodeSqlite(): NodeSqlite | undefined {
  return process.getBuiltinModule('node:sqlite') as unknown as NodeSqlite | undefined
}

export const binding: Binding = {
  name: 'node-sqlite',
  engines: ['sqlite'],

  async open(file, _engine, patience) {
    const database = new (nodeSqlite()!.DatabaseSync)(file)
    database.exec(`PRAGMA busy_timeout = ${patience}`)
    database.exec('PRAGMA journal_mode = WAL')
    return {
      storeOn: (options) => nodeSqliteStore(database, options),

      async transaction(work) {
        database.exec('BEGIN IMMEDIATE')
        try {
          const result = await work((options) => nodeSqliteStore(database, options))
          database.exec('COMMIT')
          return result
        } catch (error) {
          database.exec('ROLLBACK')
          throw error
        }
      },

      close: async () => database.close(),
    }
  },
}

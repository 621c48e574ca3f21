import { openConnection } from './database'
import { type SqlExecutor, assertExecutor } from './executor'
import { type SchemaOptions, sqlMigrations } from './migrations'

/** How often the migrations are begun again, because another process is running them too. */
const attempts = 3

/**
 * Creates the tables of the store, or what is missing of them, and resolves with their version. It
 * can be called again, and by several processes at the same time. Rejects with the error of the
 * database. Throws an OptionError if the executor or an option is wrong.
 */
export async function migrate(executor: SqlExecutor, options: SchemaOptions = {}): Promise<number> {
  assertExecutor(executor)
  const migrations = sqlMigrations(executor.dialect, options)
  const { write, isJoined } = openConnection(executor)
  for (let attempt = 1; ; attempt++) {
    try {
      for (const { statements } of migrations) {
        for (const text of statements) await write([text, []])
      }
      return migrations.at(-1)!.version
    } catch (error) {
      // Another process has just created the same table or index: IF NOT EXISTS does not prevent
      // that error on PostgreSQL.
      if (attempt === attempts || isJoined()) throw error
    }
  }
}

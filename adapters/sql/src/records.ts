import type { StoredRecord } from '@oauth2-kit/core'
import type { Database } from './database'
import { keyedTable } from './keyed-table'
import type { RecordRow } from './schema'

const properties = ['id', 'data', 'expiresAt'] as const

/** The methods for short-lived records. */
export function recordMethods(database: Database) {
  const { dialect, statement } = database
  const records = keyedTable<RecordRow>(database, 'records', properties)
  const { table, id, column, selected } = records

  async function removed(key: string): Promise<RecordRow | null> {
    const [row] = await database.writeReturning<RecordRow>(
      statement(
        (next) =>
          `DELETE FROM ${table} WHERE ${id} = ${next(key)} RETURNING ${selected(properties)}`,
      ),
    )
    return row ?? null
  }

  /**
   * MySQL's DELETE returns no rows, so the record is read first. Of all callers that read it, one
   * removes it.
   */
  async function readAndRemoved(key: string): Promise<RecordRow | null> {
    const row = await records.current('id', key)
    if (!row) return null
    const count = await database.write(
      statement(
        // Another record may have been added under that key since it was read.
        (next) => `DELETE FROM ${table} WHERE ${id} = ${next(key)}
          AND ${column('expiresAt')} = ${next(Number(row.expiresAt))} AND ${column('data')} = ${next(row.data)}`,
      ),
    )
    return count > 0 ? row : null
  }

  return {
    addRecord({ key, data, expiresAt }: StoredRecord): Promise<boolean> {
      return records.insertNew({ id: key, data, expiresAt })
    },

    async getRecord(key: string): Promise<StoredRecord | null> {
      const row = await records.find('id', key)
      return row && toRecord(row)
    },

    async takeRecord(key: string): Promise<StoredRecord | null> {
      const row = await (dialect.returning ? removed(key) : readAndRemoved(key))
      return row && toRecord(row)
    },
  }
}

function toRecord({ id, data, expiresAt }: RecordRow): StoredRecord {
  return { key: id, data, expiresAt: Number(expiresAt) }
}

import type { StoredRecord } from '@oauth2-kit/core'
import { isCreated } from './created'
import type { Database } from './database'
import { recordFields } from './fields'
import { toRecord, recordRow } from './rows'
import type { RecordRow } from './schema'

/** The methods for short-lived records. */
export function recordMethods(database: Database) {
  const { ask } = database

  async function rowOf(id: string): Promise<RecordRow | null> {
    const row = await ask(({ records }) =>
      records.findUnique({ where: { id }, select: recordFields }),
    )
    return row?.id === id ? row : null
  }

  return {
    async addRecord(record: StoredRecord): Promise<boolean> {
      const data = [recordRow(record)]
      return isCreated(database, ({ records }, orSkip) => records.createMany({ data, ...orSkip }))
    },

    async getRecord(key: string): Promise<StoredRecord | null> {
      const row = await rowOf(key)
      return row && toRecord(row)
    },

    async takeRecord(key: string): Promise<StoredRecord | null> {
      const row = await rowOf(key)
      if (!row) return null
      // Compare everything that was read: since then, the key may have been taken and added again.
      const { id, data, expiresAt } = row
      const { count } = await ask(({ records }) =>
        records.deleteMany({ where: { id, data, expiresAt } }),
      )
      return count > 0 ? toRecord(row) : null
    },
  }
}

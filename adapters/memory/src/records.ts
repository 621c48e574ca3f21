import type { Store } from '@oauth2-kit/core'
import type { Keep } from './changes'
import type { Content } from './content'

/** The methods for short-lived records. */
export function recordMethods(
  { records, rows }: Content,
  keep: Keep,
): Pick<Store, 'addRecord' | 'getRecord' | 'takeRecord'> {
  return {
    async addRecord(record) {
      const isNew = !records.byKey.has(record.key)
      if (isNew) records.set(rows.toKeptRecord(record))
      await keep(isNew ? { record } : undefined)
      return isNew
    },

    async getRecord(key) {
      const record = records.byKey.get(key)
      return record ? rows.toRecord(record) : null
    },

    async takeRecord(key) {
      const record = records.delete(key)
      await keep(record && { taken: key })
      return record ? rows.toRecord(record) : null
    },
  }
}

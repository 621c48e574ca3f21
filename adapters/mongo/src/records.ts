import type { Store, StoredRecord } from '@oauth2-kit/core'
import type { Collections } from './collections'
import { isDuplicate } from './errors'
import { dateOf } from './rows'
import type { RecordDocument } from './schema'

/** The methods for short-lived records. */
export function recordMethods(
  collections: () => Collections | Promise<Collections>,
): Pick<Store, 'addRecord' | 'getRecord' | 'takeRecord'> {
  return {
    async addRecord({ key, data, expiresAt }) {
      const { records } = await collections()
      try {
        await records.insertOne({ _id: key, data, expiresAt: dateOf(expiresAt) })
        return true
      } catch (error) {
        if (isDuplicate(error)) return false
        throw error
      }
    },

    async getRecord(key) {
      const { records, current } = await collections()
      return toRecord(await current((options) => records.findOne({ _id: key }, options)))
    },

    async takeRecord(key) {
      const { records } = await collections()
      return toRecord(await records.findOneAndDelete({ _id: key }))
    },
  }
}

function toRecord(document: RecordDocument | null): StoredRecord | null {
  if (!document) return null
  const { _id, data, expiresAt } = document
  return { key: _id, data, expiresAt: expiresAt.getTime() }
}

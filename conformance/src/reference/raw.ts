import { aCredential, aGrant } from '../given'
import type { RawHooks } from '../types'
import type { Database } from './connection'
import { removeAt } from './store'
import type { CredentialRow, Mark, RecordRow } from './tables'

/** Returns raw hooks that read the database of reference stores. */
export function referenceRaw(database: Database): Required<RawHooks> {
  return {
    dump: async ({ namespace }) => database.space(namespace).dump(),
    count: async ({ namespace }) => database.space(namespace).count(),

    async explain({ namespace }, work) {
      const { scanned } = database.space(namespace)
      const before = scanned.length
      await work()
      return [...new Set(scanned.slice(before))]
    },

    async removedAt({ namespace }, hash) {
      const row = database.space(namespace).get('credentials', hash) as CredentialRow | null
      if (!row) throw new Error('The credential does not exist')
      return row.removeAt
    },

    async recordRemovedAt({ namespace }, key) {
      const row = database.space(namespace).get('records', key) as RecordRow | null
      if (!row) throw new Error('The record does not exist')
      return row.removeAt
    },

    async immortal({ namespace }) {
      const rows = database.space(namespace).select('credentials', {}) as CredentialRow[]
      return rows
        .filter((row) => row.expiresAt !== null && row.removeAt === null)
        .map(({ hash }) => hash)
    },

    async ends({ namespace }) {
      const space = database.space(namespace)
      const credentials = space.select('credentials', {}) as CredentialRow[]
      const records = space.select('records', {}) as RecordRow[]
      const marks = space.select('marks', {}) as Mark[]
      return Object.fromEntries([
        ...credentials.map(({ hash, removeAt: end }) => [`credential ${hash}`, end]),
        ...records.map(({ key, removeAt: end }) => [`record ${key}`, end]),
        ...marks.map(({ id, until }) => [`mark ${id}`, until]),
      ]) as Record<string, number | null>
    },

    alive: async () => true,

    async damage({ namespace }) {
      const damage = 'the index on "claims" is no longer unique'
      database.space(namespace).damaged.push(damage)
      return damage
    },

    async older({ namespace }) {
      const [grant, credential] = [aGrant(), aCredential()]
      const space = database.space(namespace)
      space.insert('grants', [grant])
      // Rows of that release had no "place".
      const row = {
        ...credential,
        grantId: grant.id,
        claims: null,
        removeAt: removeAt(credential),
      }
      space.insert('credentials', [row])
      return credential.hash
    },
  }
}

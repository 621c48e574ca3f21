import type { Grant, Store, StoredRecord } from '@oauth2-kit/core'
import type { CredentialRow } from '../../reference/tables'
import type { Base, Mutant } from '../mutant'
import { caching } from './caching'

// Stores that are right in one instance, in a short test, or one call after the other.

/** Each instance remembers the versions that it has seen, and asks the database for no other. */
function remembersVersions({ store }: Base): Partial<Store> {
  const seen = new Map<string, string>()
  return {
    async issue(grant, credentials, conditions) {
      const { clientVersion } = conditions
      if (clientVersion !== undefined && seen.get(grant.clientId) === clientVersion)
        return store.issue(grant, credentials, {})
      const outcome = await store.issue(grant, credentials, conditions)
      if (outcome === 'issued' && clientVersion !== undefined)
        seen.set(grant.clientId, clientVersion)
      return outcome
    },
    async updateClient(client, version) {
      seen.delete(client.id)
      return store.updateClient(client, version)
    },
    async deleteClient(id) {
      seen.delete(id)
      await store.deleteClient(id)
    },
  }
}

function listOf(userId: string | null): string {
  return `grants of ${userId}`
}

/** Keeps the grants of a user in a list that is read, changed and written back. */
function writesListsBack({ store, run }: Base): Partial<Store> {
  const idsOf = async (userId: string | null) => {
    const row = await run<StoredRecord | null>({ do: 'get', table: 'records', key: listOf(userId) })
    return row ? (JSON.parse(row.data) as string[]) : []
  }
  return {
    async issue(grant, credentials, conditions) {
      const outcome = await store.issue(grant, credentials, conditions)
      if (outcome === 'refused') return outcome
      const data = JSON.stringify([...(await idsOf(grant.userId)), grant.id])
      const row = { key: listOf(grant.userId), data, expiresAt: 0, removeAt: 0 }
      await run({ do: 'put', table: 'records', row })
      return outcome
    },
    async listGrants(selector, page) {
      if (!('userId' in selector)) return store.listGrants(selector, page)
      const ids = await idsOf(selector.userId)
      const { grants, next } = await store.listGrants(selector, page)
      return { grants: grants.filter(({ id }) => ids.includes(id)), next }
    },
  }
}

export const instanceMutants: Mutant[] = [
  {
    name: 'each instance caches the clients that it has found',
    caughtBy: 'client.everywhere',
    also: ['client.*', 'issue.*', 'isolate.*', 'once.*'],
    breaks: caching('Client'),
  },
  {
    name: 'each instance caches the users that it has found',
    caughtBy: 'user.everywhere',
    also: ['user.*', 'once.*'],
    breaks: caching('User'),
  },
  {
    name: 'issue() compares the version with one that its instance remembers',
    caughtBy: 'issue.everywhere',
    also: ['issue.*'],
    breaks: remembersVersions,
  },
  {
    name: 'issue() reads the list of the grants of a user, changes it and writes it back',
    caughtBy: 'access.parallel',
    also: ['*'],
    breaks: writesListsBack,
  },
  {
    name: 'listGrants() keeps its cursors in the process',
    caughtBy: 'revoke.list-everywhere',
    breaks({ store }) {
      const cursors = new Map<string, string>()
      return {
        async listGrants(selector, { after, limit }) {
          const from = after === undefined ? undefined : (cursors.get(after) ?? '~')
          const { grants, next } = await store.listGrants(
            selector,
            from === undefined ? { limit } : { after: from, limit },
          )
          if (next === null) return { grants, next }
          const cursor = `page ${cursors.size + 1}`
          cursors.set(cursor, next)
          return { grants, next: cursor }
        },
      }
    },
  },
  {
    name: 'revoke() by client also revokes the grants of clients whose id begins with that id',
    caughtBy: 'revoke.near',
    also: ['value.*', 'inject.*'],
    breaks: ({ store, run }) => ({
      async revoke(selector) {
        if ('grantId' in selector || 'userId' in selector) return store.revoke(selector)
        const { clientId } = selector
        const count = await store.revoke(selector)
        if (count === 0) return 0
        const grants = await run<Grant[]>({ do: 'select', table: 'grants', where: {} })
        const similar = grants.filter((grant) => grant.clientId.startsWith(clientId))
        for (const { id } of similar) await store.revoke({ grantId: id })
        return count
      },
    }),
  },
  {
    name: 'issue() keeps equal texts once, and compares the first 200 characters and the length',
    caughtBy: 'value.alike',
    breaks({ store }) {
      const kept = new Map<string, string>()
      return {
        issue(grant, credentials, conditions) {
          const shared = credentials.map((one) => {
            if (one.data.length < 200) return one
            const key = `${one.data.length} ${one.data.slice(0, 200)}`
            const data = kept.get(key) ?? one.data
            kept.set(key, data)
            return { ...one, data }
          })
          return store.issue(grant, shared, conditions)
        },
      }
    },
  },
  {
    name: 'purge() compares the expiry of tokens with its own clock',
    caughtBy: 'purge.times',
    also: ['*'],
    breaks: ({ store }) => ({
      purge: ({ shortLived }, limit) =>
        store.purge({ credentials: Date.now() - 3_600_000, shortLived }, limit),
    }),
  },
  {
    name: 'updateClient() reads, waits and writes back what may be deleted by then',
    caughtBy: 'client.race',
    also: ['once.update-client.*', 'client.*'],
    breaks: ({ store, run }) => ({
      async updateClient(client, version) {
        const updated = await store.updateClient(client, version)
        if (updated) await run({ do: 'put', table: 'clients', row: client })
        return updated
      },
    }),
  },
  {
    name: 'updateUser() reads, waits and writes back what may be deleted by then',
    caughtBy: 'user.race',
    also: ['once.update-user.*', 'user.*'],
    breaks: ({ store, run }) => ({
      async updateUser(user, version) {
        const updated = await store.updateUser(user, version)
        if (updated) await run({ do: 'put', table: 'users', row: user })
        return updated
      },
    }),
  },
  {
    name: 'listGrants() filters a page by the client after it was read, and ends if nothing is left',
    caughtBy: 'revoke.list-pair',
    also: ['revoke.*'],
    breaks: ({ store }) => ({
      async listGrants(selector, page) {
        if (!('userId' in selector) || selector.clientId === undefined)
          return store.listGrants(selector, page)
        const { grants, next } = await store.listGrants({ userId: selector.userId }, page)
        const kept = grants.filter(({ clientId }) => clientId === selector.clientId)
        return { grants: kept, next: kept.length > 0 ? next : null }
      },
    }),
  },
  {
    name: 'purge() removes the records whose keys it has read before',
    caughtBy: 'purge.race',
    also: ['purge.*', 'budget.*'],
    breaks: ({ store, run }) => ({
      async purge(before, limit) {
        const records = await run<StoredRecord[]>({ do: 'select', table: 'records', where: {} })
        const keys = records.filter(({ expiresAt }) => expiresAt < before.shortLived)
        const purged = await store.purge(before, limit)
        for (let n = 0; n < 3; n++) await run({ do: 'get', table: 'records', key: 'none' })
        for (const { key } of keys) await run({ do: 'remove', table: 'records', where: { key } })
        return purged
      },
    }),
  },
  {
    name: 'getClient() looks in a plain object, which has inherited members',
    caughtBy: 'value.names',
    also: ['inject.*', 'fuzz.*'],
    breaks: ({ store }) => ({
      getClient: async (id) =>
        (await store.getClient(id)) ?? ({} as Record<string, never>)[id] ?? null,
    }),
  },
  {
    name: 'isRedeemed() forgets a redemption after an hour',
    caughtBy: 'expiry.passing',
    breaks: ({ store, run }) => ({
      async isRedeemed(credential) {
        const where = { claims: credential.hash }
        const rows = await run<CredentialRow[]>({ do: 'select', table: 'credentials', where })
        const isOld = rows.some(({ createdAt }) => createdAt < Date.now() - 3_600_000)
        return !isOld && store.isRedeemed(credential)
      },
    }),
    also: ['expiry.*', 'grant.*'],
  },
  {
    name: 'deleteUser() keeps the marks of the last 250 users',
    caughtBy: 'growth.users',
    breaks({ store, run }) {
      const last: string[] = []
      return {
        async deleteUser(id, markUntil) {
          await store.deleteUser(id, markUntil)
          last.push(id)
          const gone = last.length > 250 ? last.shift() : undefined
          if (gone !== undefined) await run({ do: 'remove', table: 'marks', where: { id: gone } })
        },
      }
    },
  },
  {
    name: 'redeem() ends the entry of the old credential in the database a minute later',
    caughtBy: 'expiry.native-ends',
    native: true,
    also: ['expiry.native'],
    breaks: ({ store, run }) => ({
      async redeem(old, made) {
        const outcome = await store.redeem(old, made)
        const changes = { removeAt: Date.now() + 60_000 }
        if (outcome.status === 'redeemed')
          await run({ do: 'update', table: 'credentials', where: { hash: old.hash }, changes })
        return outcome
      },
    }),
  },
]

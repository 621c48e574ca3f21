import type { Credential, Grant } from '@oauth2-kit/core'
import type { CredentialRow } from '../../reference/tables'
import { type Mutant, answers } from '../mutant'

export const revokeMutants: Mutant[] = [
  {
    name: 'revoke() of a grant keeps its redeemed credentials',
    caughtBy: 'revoke.grant',
    also: [
      'code.*',
      'refresh.*',
      'grant.*',
      'revoke.*',
      'client.*',
      'expiry.*',
      'isolate.*',
      'fault.*',
      'budget.*',
      'purge.*',
      'shape.answers',
    ],
    breaks: ({ store, run }) => ({
      async revoke(selector) {
        if (!('grantId' in selector)) return store.revoke(selector)
        const rows = await run<CredentialRow[]>({
          do: 'select',
          table: 'credentials',
          where: { grantId: selector.grantId },
        })
        const grant = await run<Grant | null>({ do: 'get', table: 'grants', key: selector.grantId })
        const count = await store.revoke(selector)
        const used = rows.filter(({ hash }) => rows.some(({ claims }) => claims === hash))
        if (grant && used.length > 0) {
          await run({ do: 'insert', table: 'credentials', rows: used })
          await run({ do: 'put', table: 'grants', row: grant })
        }
        return count
      },
    }),
  },
  {
    name: 'revoke() by user and client revokes every grant of the user',
    caughtBy: 'revoke.selector',
    also: ['inject.separator', 'revoke.*'],
    breaks: ({ store }) => ({
      revoke: (selector) =>
        store.revoke('userId' in selector ? { userId: selector.userId } : selector),
    }),
  },
  {
    name: 'listGrants() returns one grant more than its limit',
    caughtBy: 'revoke.list',
    also: ['revoke.*', 'fuzz.*'],
    breaks: ({ store }) => ({
      listGrants: (selector, page) =>
        store.listGrants(selector, { ...page, limit: page.limit + 1 }),
    }),
  },
  {
    name: 'listGrants() leads from the last page back to the first',
    caughtBy: 'revoke.list',
    also: ['*'],
    breaks: ({ store }) => ({
      listGrants: answers(store.listGrants, (page) =>
        page.grants.length > 0 ? { ...page, next: page.next ?? '' } : page,
      ),
    }),
  },
  {
    name: 'listGrants() begins the next page one grant too late',
    caughtBy: 'revoke.list',
    also: ['revoke.*', 'fuzz.*'],
    breaks: ({ store }) => ({
      async listGrants(selector, page) {
        const listed = await store.listGrants(selector, page)
        if (listed.next === null) return listed
        const [skipped] = (await store.listGrants(selector, { after: listed.next, limit: 1 }))
          .grants
        return { ...listed, next: skipped?.id ?? null }
      },
    }),
  },
  {
    name: 'listGrants() counts its pages from the start',
    caughtBy: 'revoke.list-changes',
    also: ['fuzz.*'],
    breaks: ({ store }) => ({
      async listGrants(selector, { after = '0', limit }) {
        const { grants } = await store.listGrants(selector, { limit: 100_000 })
        const end = Number(after) + limit
        const next = grants.length > end ? String(end) : null
        return { grants: grants.slice(Number(after), end), next }
      },
    }),
  },
  {
    name: 'revokeAccessToken() rejects for an unknown hash',
    caughtBy: 'revoke.idempotent',
    also: ['inject.*', 'access.*', 'shape.promises', 'life.*', 'budget.*', 'isolate.tenant'],
    breaks: ({ store, run }) => ({
      async revokeAccessToken(hash) {
        if (!(await run({ do: 'get', table: 'credentials', key: hash })))
          throw new Error('Unknown token')
        await store.revokeAccessToken(hash)
      },
    }),
  },
  {
    name: 'each instance caches the access tokens that it has found',
    caughtBy: 'revoke.everywhere',
    breaks({ store }) {
      const cache = new Map<string, Credential>()
      const forget = (grantId: string) => {
        for (const [hash, { grant }] of cache) if (grant.id === grantId) cache.delete(hash)
      }
      return {
        async find(hash) {
          const found = cache.get(hash) ?? (await store.find(hash))
          if (found?.kind === 'access') cache.set(hash, found)
          return found && { ...found }
        },
        async revoke(selector) {
          if ('grantId' in selector) forget(selector.grantId)
          else cache.clear()
          const count = await store.revoke(selector)
          return count
        },
        async revokeAccessToken(hash) {
          cache.delete(hash)
          await store.revokeAccessToken(hash)
        },
        async deleteClient(id) {
          cache.clear()
          await store.deleteClient(id)
        },
        async deleteUser(id, markUntil) {
          cache.clear()
          await store.deleteUser(id, markUntil)
        },
      }
    },
    also: ['revoke.race', 'isolate.*', 'grant.*', 'expiry.zero', 'access.again', 'value.*'],
  },
  {
    name: 'revoke() stops after its first batch',
    caughtBy: 'revoke.many',
    breaks: ({ store }) => ({
      async revoke(selector) {
        if (!('clientId' in selector) || 'userId' in selector) return store.revoke(selector)
        const { grants } = await store.listGrants(selector, { limit: 500 })
        for (const { id } of grants) await store.revoke({ grantId: id })
        return grants.length
      },
    }),
    also: ['revoke.*', 'value.*', 'inject.*', 'client.*'],
  },
  {
    name: 'revoke() loses against extend() under way',
    caughtBy: 'revoke.race',
    also: ['revoke.*', 'once.*', 'life.*', 'budget.*', 'code.*', 'refresh.*', 'access.*'],
    breaks: ({ store, run }) => ({
      async extend(grant, credentials) {
        const held = await run<Grant | null>({ do: 'get', table: 'grants', key: grant.id })
        if (!held) return 'revoked'
        // It may have been revoked since: the rows are written anyway, and found.
        await run({ do: 'put', table: 'grants', row: held })
        return store.extend(grant, credentials)
      },
    }),
  },
  {
    name: 'redeem() looks for its grant, and then writes',
    caughtBy: 'revoke.barrier',
    served: true,
    also: [
      'expiry.precision',
      'revoke.*',
      'once.*',
      'budget.*',
      'fault.*',
      'access.revoke-one',
      'access.again',
      'value.*',
      'expiry.resave',
    ],
    breaks: ({ store, run }) => ({
      async redeem(old, made) {
        const get = { do: 'get', table: 'credentials', key: old.hash } as const
        const row = await run<CredentialRow | null>(get)
        if (row?.grantId === old.grant.id) {
          // It may have been revoked since: the rows are written anyway, and found.
          const grant = { ...old.grant, createdAt: old.createdAt, data: '{"scope":"profile"}' }
          await run({ do: 'put', table: 'grants', row: grant })
          await run({ do: 'put', table: 'credentials', row })
        }
        return store.redeem(old, made)
      },
    }),
  },
]

import type { User } from '@oauth2-kit/core'
import type { CredentialRow } from '../../reference/tables'
import type { Mutant } from '../mutant'

export const purgeMutants: Mutant[] = [
  {
    name: 'purge removes marks of use',
    caughtBy: 'purge.horizon',
    also: ['purge.chain', 'expiry.resave', 'budget.growth', 'family.introspect'],
    breaks: ({ store, run }) => ({
      async purge(before, limit) {
        const purged = await store.purge(before, limit)
        const rows = await run<CredentialRow[]>({ do: 'select', table: 'credentials', where: {} })
        for (const { hash, claims, expiresAt } of rows) {
          if (claims !== null && expiresAt !== null && expiresAt < before)
            await run({ do: 'remove', table: 'credentials', where: { hash } })
        }
        return purged
      },
    }),
  },
  {
    name: 'purge removes a used token before it has expired',
    caughtBy: 'purge.chain',
    also: ['purge.horizon', 'expiry.*'],
    breaks: ({ store, run }) => ({
      async purge(before, limit) {
        const purged = await store.purge(before, limit)
        const rows = await run<CredentialRow[]>({ do: 'select', table: 'credentials', where: {} })
        for (const { hash, kind } of rows) {
          const successor = rows.find(({ claims }) => claims === hash)
          if (kind === 'refresh' && successor?.kind === 'refresh')
            await run({ do: 'remove', table: 'credentials', where: { hash } })
        }
        return purged
      },
    }),
  },
  {
    name: 'purge unbounded',
    caughtBy: 'purge.batch',
    breaks: ({ store }) => ({ purge: (before) => store.purge(before, Number.MAX_SAFE_INTEGER) }),
  },
  {
    name: 'purge ends a grant with the first of its credentials',
    caughtBy: 'purge.grant',
    also: ['purge.*', 'expiry.*', 'budget.*', 'family.introspect'],
    breaks: ({ store, run }) => ({
      async purge(before, limit) {
        const rows = await run<CredentialRow[]>({ do: 'select', table: 'credentials', where: {} })
        const purged = await store.purge(before, limit)
        for (const { hash, grantId } of rows) {
          if (!(await run({ do: 'get', table: 'credentials', key: hash })))
            await run({ do: 'remove', table: 'grants', where: { id: grantId } })
        }
        return purged
      },
    }),
  },
  {
    name: 'remembered keys go with every purge',
    caughtBy: 'purge.remembered',
    breaks: ({ store, run }) => ({
      async purge(before, limit) {
        await run({ do: 'remove', table: 'remembered', where: {} })
        return store.purge(before, limit)
      },
    }),
    also: ['fuzz.*'],
  },
  {
    name: 'index keys grow without TTL: a row for every revoked grant',
    caughtBy: 'budget.growth',
    breaks: ({ store, run }) => ({
      async revoke(selector) {
        const listed = await store.listGrants(selector, { limit: 10_000 })
        const count = await store.revoke(selector)
        for (const { id } of listed)
          await run({
            do: 'put',
            table: 'remembered',
            row: { key: `revoked:${id}`, expiresAt: Number.MAX_SAFE_INTEGER },
          })
        return count
      },
    }),
    also: ['revoke.*'],
  },
  {
    name: 'token column not indexed',
    caughtBy: 'budget.index',
    breaks: ({ store, run }) => ({
      async getUser(username) {
        if (typeof username !== 'string') return null
        const users = await run<User[]>({ do: 'select', table: 'users', where: {} })
        return users.find((user) => user.username === username) ?? null
      },
      find: store.find,
    }),
  },
]

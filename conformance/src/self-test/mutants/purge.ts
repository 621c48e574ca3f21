import type { Grant, StoredRecord, User } from '@oauth2-kit/core'
import type { CredentialRow, Mark } from '../../reference/tables'
import type { Mutant } from '../mutant'

export const purgeMutants: Mutant[] = [
  {
    name: 'purge removes marks of use',
    caughtBy: 'purge.horizon',
    also: ['purge.*', 'expiry.resave', 'budget.growth', 'grant.introspect'],
    breaks: ({ store, run }) => ({
      async purge(before, limit) {
        const purged = await store.purge(before, limit)
        const rows = await run<CredentialRow[]>({ do: 'select', table: 'credentials', where: {} })
        for (const { hash, claims, expiresAt } of rows) {
          if (claims !== null && expiresAt !== null && expiresAt < before.credentials)
            await run({ do: 'remove', table: 'credentials', where: { hash } })
        }
        return purged
      },
    }),
  },
  {
    name: 'purge removes a used token before it has expired',
    caughtBy: 'purge.chain',
    also: ['purge.*', 'expiry.*'],
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
    also: ['purge.*', 'expiry.*', 'budget.*', 'grant.introspect'],
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
    name: 'records go with every purge',
    caughtBy: 'purge.records',
    also: ['schema.*', 'record.*'],
    breaks: ({ store, run }) => ({
      async purge(before, limit) {
        await run({ do: 'remove', table: 'records', where: {} })
        return store.purge(before, limit)
      },
    }),
  },
  {
    name: 'records go by the cutoff of credentials',
    caughtBy: 'purge.records',
    breaks: ({ store, run }) => ({
      async purge(before, limit) {
        const records = await run<StoredRecord[]>({ do: 'select', table: 'records', where: {} })
        for (const { key, expiresAt } of records) {
          if (expiresAt < before.credentials)
            await run({ do: 'remove', table: 'records', where: { key } })
        }
        return store.purge(before, limit)
      },
    }),
  },
  {
    name: 'answers stay as long as tokens do',
    caughtBy: 'purge.answers',
    breaks: ({ store, run }) => ({
      async purge(before, limit) {
        const where = { kind: 'answer' }
        const kept = await run<CredentialRow[]>({ do: 'select', table: 'credentials', where })
        const purged = await store.purge(before, limit)
        for (const row of kept) {
          const past = row.expiresAt !== null && row.expiresAt < before.credentials
          const isThere = await run({ do: 'get', table: 'grants', key: row.grantId })
          if (isThere && !past) await run({ do: 'put', table: 'credentials', row })
        }
        return purged
      },
    }),
  },
  {
    name: 'answers go with every purge, also in time',
    caughtBy: 'purge.answers',
    breaks: ({ store, run }) => ({
      async purge(before, limit) {
        await run({ do: 'remove', table: 'credentials', where: { kind: 'answer' } })
        return store.purge(before, limit)
      },
    }),
  },
  {
    name: 'tokens go by the cutoff of short-lived entries',
    caughtBy: 'purge.answers',
    also: ['purge.*', 'growth.*', 'expiry.*', 'grant.*'],
    breaks: ({ store }) => ({
      purge: ({ shortLived }, limit) => store.purge({ credentials: shortLived, shortLived }, limit),
    }),
  },
  {
    name: 'an answer keeps its grant',
    caughtBy: 'purge.answer-alone',
    breaks: ({ store, run }) => ({
      async purge(before, limit) {
        const grants = await run<Grant[]>({ do: 'select', table: 'grants', where: {} })
        const where = { kind: 'answer' }
        const kept = await run<CredentialRow[]>({ do: 'select', table: 'credentials', where })
        const purged = await store.purge(before, limit)
        for (const row of kept) {
          if (row.expiresAt !== null && row.expiresAt < before.shortLived) continue
          await run({ do: 'put', table: 'credentials', row })
          const grant = grants.find(({ id }) => id === row.grantId)
          if (grant) await run({ do: 'put', table: 'grants', row: grant })
        }
        return purged
      },
    }),
  },
  {
    name: 'the mark of a deleted user goes with the next purge',
    caughtBy: 'purge.marks',
    breaks: ({ store, run }) => ({
      async purge(before, limit) {
        await run({ do: 'remove', table: 'marks', where: {} })
        return store.purge(before, limit)
      },
    }),
  },
  {
    name: 'the mark of a deleted user stays for ever',
    caughtBy: 'purge.marks',
    also: ['budget.growth'],
    breaks: ({ store }) => ({
      deleteUser: (id) => store.deleteUser(id, Number.MAX_SAFE_INTEGER),
    }),
  },
  {
    name: 'the mark goes when credentials would',
    caughtBy: 'purge.marks',
    breaks: ({ store, run }) => ({
      async purge(before, limit) {
        const marks = await run<Mark[]>({ do: 'select', table: 'marks', where: {} })
        for (const { id, until } of marks) {
          if (until <= before.credentials)
            await run({ do: 'remove', table: 'marks', where: { id } })
        }
        return store.purge(before, limit)
      },
    }),
  },
  {
    name: 'index keys grow without TTL: a row for every revoked grant',
    caughtBy: 'budget.growth',
    breaks: ({ store, run }) => ({
      async revoke(selector) {
        const { grants } = await store.listGrants(selector, { limit: 10_000 })
        const count = await store.revoke(selector)
        for (const { id } of grants) {
          const row = { key: `revoked:${id}`, data: '{}', expiresAt: Number.MAX_SAFE_INTEGER }
          await run({ do: 'put', table: 'records', row })
        }
        return count
      },
    }),
    also: ['revoke.*'],
  },
  {
    name: 'token column not indexed',
    caughtBy: 'budget.index',
    breaks: ({ store, run }) => ({
      async getUserByUsername(username) {
        if (typeof username !== 'string') return null
        const users = await run<User[]>({ do: 'select', table: 'users', where: {} })
        return users.find((user) => user.username === username) ?? null
      },
      find: store.find,
    }),
  },
]

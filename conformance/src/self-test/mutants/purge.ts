import { setImmediate as turn } from 'node:timers/promises'
import type { Grant, StoredRecord } from '@oauth2-kit/core'
import type { CredentialRow, Mark } from '../../reference/tables'
import type { Mutant } from '../mutant'

export const purgeMutants: Mutant[] = [
  {
    name: 'purge() removes redemption marks',
    caughtBy: 'purge.horizon',
    also: ['purge.*', 'expiry.resave', 'budget.growth', 'grant.introspect', 'expiry.null'],
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
    name: 'purge() removes a redeemed token before it has expired',
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
    name: 'purge() ignores its limit',
    caughtBy: 'purge.batch',
    breaks: ({ store }) => ({ purge: (before) => store.purge(before, Number.MAX_SAFE_INTEGER) }),
  },
  {
    name: 'purge() returns no "more" if only records are left',
    caughtBy: 'purge.batch',
    breaks: ({ store, run }) => ({
      async purge(before, limit) {
        const rows = await run<CredentialRow[]>({ do: 'select', table: 'credentials', where: {} })
        const purged = await store.purge(before, limit)
        const isLeft = rows.some(({ expiresAt }) => (expiresAt ?? Infinity) < before.credentials)
        return { ...purged, more: purged.more && isLeft }
      },
    }),
  },
  {
    name: 'purge() removes a grant with the first of its credentials',
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
    name: 'every purge() removes all records',
    caughtBy: 'purge.records',
    also: ['schema.*', 'record.*', 'purge.batch', 'purge.times'],
    breaks: ({ store, run }) => ({
      async purge(before, limit) {
        await run({ do: 'remove', table: 'records', where: {} })
        return store.purge(before, limit)
      },
    }),
  },
  {
    name: 'purge() removes records by the "credentials" cutoff',
    caughtBy: 'purge.records',
    also: ['purge.batch', 'purge.race'],
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
    name: 'purge() writes back the credentials of a grant that it has read',
    caughtBy: 'purge.race-grant',
    also: ['fuzz.*'],
    breaks: ({ store, run }) => ({
      async purge(before, limit) {
        const all = { do: 'select', table: 'credentials', where: {} } as const
        const read = await run<CredentialRow[]>(all)
        const isOver = ({ expiresAt }: CredentialRow) =>
          expiresAt !== null && expiresAt < before.credentials
        const purged = await store.purge(before, limit)
        await turn()
        const known = new Set(read.map(({ hash }) => hash))
        const changed = new Set(read.filter(isOver).map(({ grantId }) => grantId))
        for (const { hash, grantId } of await run<CredentialRow[]>(all))
          if (changed.has(grantId) && !known.has(hash))
            await run({ do: 'remove', table: 'credentials', where: { hash } })
        return purged
      },
    }),
  },
  {
    name: 'purge() keeps sealed answers as long as tokens',
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
    name: 'every purge() removes all sealed answers, also unexpired ones',
    caughtBy: 'purge.answers',
    breaks: ({ store, run }) => ({
      async purge(before, limit) {
        await run({ do: 'remove', table: 'credentials', where: { kind: 'answer' } })
        return store.purge(before, limit)
      },
    }),
  },
  {
    name: 'purge() removes tokens by the "shortLived" cutoff',
    caughtBy: 'purge.answers',
    also: ['purge.*', 'growth.*', 'expiry.*', 'grant.*'],
    breaks: ({ store }) => ({
      purge: ({ shortLived }, limit) => store.purge({ credentials: shortLived, shortLived }, limit),
    }),
  },
  {
    name: 'purge() keeps a grant whose only credential left is a sealed answer',
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
    name: 'the next purge() removes the mark of a deleted user',
    caughtBy: 'purge.marks',
    also: ['purge.batch'],
    breaks: ({ store, run }) => ({
      async purge(before, limit) {
        await run({ do: 'remove', table: 'marks', where: {} })
        return store.purge(before, limit)
      },
    }),
  },
  {
    name: 'purge() never removes the mark of a deleted user',
    caughtBy: 'purge.marks',
    also: ['budget.growth', 'purge.batch'],
    breaks: ({ store }) => ({
      deleteUser: (id) => store.deleteUser(id, Number.MAX_SAFE_INTEGER),
    }),
  },
  {
    name: 'purge() removes the mark of a deleted user by the "credentials" cutoff',
    caughtBy: 'purge.marks',
    also: ['purge.batch'],
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
    name: 'revoke() leaves a row without TTL for every revoked grant',
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
]

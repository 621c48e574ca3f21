import type { Grant, NewCredential } from '@oauth2-kit/core'
import type { CredentialRow } from '../../reference/tables'
import { type Mutant, answers } from '../mutant'

/** Changes the expiry of the credentials that are issued. */
function issuesWith(
  change: (expiresAt: number | null, one: NewCredential) => number | null,
): Mutant['breaks'] {
  return ({ store }) => ({
    issue: (grant, credentials, conditions) =>
      store.issue(
        grant,
        credentials.map((one) => ({ ...one, expiresAt: change(one.expiresAt, one) })),
        conditions,
      ),
  })
}

const hourMs = 3_600_000

export const expiryMutants: Mutant[] = [
  {
    name: 'purge() compares the expiry with `<=` instead of `<`',
    caughtBy: 'expiry.boundary',
    also: ['purge.times'],
    breaks: ({ store }) => ({
      purge: ({ credentials, shortLived }, limit) =>
        store.purge({ credentials: credentials + 1, shortLived }, limit),
    }),
  },
  {
    name: 'issue() cuts the expiry to seconds',
    caughtBy: 'expiry.precision',
    also: ['expiry.zero'],
    breaks: issuesWith((expiresAt) => expiresAt && Math.floor(expiresAt / 1000) * 1000),
  },
  {
    name: 'issue() stores the expiry in seconds, and find() reads it as milliseconds',
    caughtBy: 'expiry.unit',
    also: ['*'],
    breaks: issuesWith((expiresAt) => expiresAt && Math.floor(expiresAt / 1000)),
  },
  {
    name: 'issue() replaces an expiry of null (never) with a default',
    caughtBy: 'expiry.null',
    also: ['shape.expires', 'purge.horizon', 'expiry.native', 'purge.batch', 'expiry.passing'],
    breaks: issuesWith((expiresAt, { createdAt }) => expiresAt ?? createdAt + hourMs),
  },
  {
    name: 'the store keeps local time without a zone',
    caughtBy: 'expiry.timezone',
    served: true,
    breaks: ({ store }) => ({
      find: answers(
        store.find,
        (found) => found && { ...found, createdAt: utcOf(found.createdAt) },
      ),
      issue: (grant, credentials, conditions) =>
        store.issue(
          grant,
          credentials.map((one) => ({ ...one, createdAt: localOf(one.createdAt) })),
          conditions,
        ),
      extend: (grant, credentials) =>
        store.extend(
          grant,
          credentials.map((one) => ({ ...one, createdAt: localOf(one.createdAt) })),
        ),
      redeem: (old, made) =>
        store.redeem(
          old,
          made.map((one) => ({ ...one, createdAt: localOf(one.createdAt) })),
        ),
    }),
  },
  {
    name: "find() checks the expiry by the database's clock instead of the caller's",
    caughtBy: 'expiry.clock',
    also: ['expiry.past', 'grant.*', 'refresh.*', 'fuzz.*', 'expiry.zero'],
    breaks: ({ store }) => ({
      find: answers(store.find, (found) =>
        found && (found.expiresAt === null || found.expiresAt > Date.now()) ? found : null,
      ),
    }),
  },
  {
    name: 'listGrants() ignores expiry: a grant stays listed after all of its credentials are purged',
    caughtBy: 'expiry.list',
    also: ['purge.*', 'budget.growth'],
    breaks: ({ store, run }) => ({
      async purge(before, limit) {
        const grants = await run<Grant[]>({ do: 'select', table: 'grants', where: {} })
        const purged = await store.purge(before, limit)
        for (const row of grants) await run({ do: 'put', table: 'grants', row })
        return purged
      },
    }),
  },
  {
    name: 'redeem() and extend() keep the old TTL: a grant ends with its first credential',
    caughtBy: 'expiry.resave',
    also: ['purge.*', 'expiry.zero'],
    breaks({ store, run }) {
      return {
        async purge(before, limit) {
          const purged = await store.purge(before, limit)
          const grants = await run<Grant[]>({ do: 'select', table: 'grants', where: {} })
          for (const { id } of grants) {
            const rows = await run<CredentialRow[]>({
              do: 'select',
              table: 'credentials',
              where: { grantId: id },
            })
            if (!rows.some(({ claims, place }) => claims === null && place === 0))
              await store.revoke({ grantId: id })
          }
          return purged
        },
      }
    },
  },
  {
    name: 'issue() rejects with the database error for a zero or negative TTL',
    caughtBy: 'expiry.past',
    also: [
      'expiry.clock',
      'expiry.list',
      'purge.batch',
      'budget.growth',
      'purge.times',
      'purge.race-grant',
      'expiry.zero',
    ],
    breaks: ({ store }) => ({
      async issue(grant, credentials, conditions) {
        if (credentials.some(({ expiresAt }) => expiresAt !== null && expiresAt <= Date.now()))
          throw new Error('ERR invalid expire time')
        return store.issue(grant, credentials, conditions)
      },
    }),
  },
  {
    name: 'the native TTL counts from now instead of from the expiry',
    caughtBy: 'expiry.native',
    native: true,
    breaks: ({ store, run }) => ({
      async issue(grant, credentials, conditions) {
        const outcome = await store.issue(grant, credentials, conditions)
        for (const { hash } of credentials)
          await run({
            do: 'update',
            table: 'credentials',
            where: { hash },
            changes: { removeAt: Date.now() + hourMs },
          })
        return outcome
      },
    }),
    also: ['budget.*', 'expiry.native-answer', 'expiry.native-ends'],
  },
  {
    name: 'the native TTL of a sealed answer includes the retention, like that of a token',
    caughtBy: 'expiry.native-answer',
    native: true,
    breaks: ({ store, run }) => ({
      async redeem(old, made) {
        const outcome = await store.redeem(old, made)
        for (const { hash, kind, expiresAt } of made) {
          if (kind !== 'answer' || expiresAt === null) continue
          const changes = { removeAt: expiresAt + hourMs }
          await run({ do: 'update', table: 'credentials', where: { hash }, changes })
        }
        return outcome
      },
    }),
  },
  {
    name: 'redeem() writes successors without a TTL',
    caughtBy: 'budget.ttl',
    also: ['expiry.native-answer', 'expiry.native', 'expiry.native-ends'],
    native: true,
    breaks: ({ store, run }) => ({
      async redeem(old, made) {
        const outcome = await store.redeem(old, made)
        if (outcome.status === 'redeemed')
          await run({
            do: 'update',
            table: 'credentials',
            where: { claims: old.hash },
            changes: { removeAt: null },
          })
        return outcome
      },
    }),
  },
]

/** Returns the local time, read as UTC. */
function localOf(time: number): number {
  return time - new Date(time).getTimezoneOffset() * 60_000
}

function utcOf(time: number): number {
  return time + new Date(time).getTimezoneOffset() * 60_000
}

import type { Redemption } from '@oauth2-kit/core'
import { type Mutant, answers } from '../mutant'

export const faultMutants: Mutant[] = [
  {
    name: 'find() returns null when the database is down',
    caughtBy: 'fault.error-not-miss',
    served: true,
    breaks: ({ store }) => ({
      find: (hash) =>
        store.find(hash).catch((error: Error) => {
          if (/ECONNREFUSED|is closed/.test(error.message)) return null
          throw error
        }),
    }),
    also: ['fault.deadline'],
  },
  {
    name: 'find() hangs when the server is stalled',
    caughtBy: 'fault.deadline',
    served: true,
    breaks: ({ store }) => ({
      find: (hash) =>
        store.find(hash).catch((error: Error) => {
          if (/did not answer/.test(error.message)) return new Promise<never>(() => {})
          throw error
        }),
    }),
  },
  {
    name: 'redeem() inserts before it marks the old token: a crash in between leaves both valid',
    caughtBy: 'fault.rotate.atomic',
    served: true,
    also: [
      'budget.trips',
      'once.*',
      'purge.answers',
      'revoke.*',
      'code.*',
      'refresh.*',
      'fault.lost-reply',
    ],
    breaks: ({ store }) => ({
      supports: Object.freeze({
        ...store.supports,
        roundTrips: Object.freeze({ ...store.supports.roundTrips, redeem: 2 }),
      }),
      async redeem(old, [first, ...rest]): Promise<Redemption> {
        if ((await store.extend(old.grant, rest).catch(() => 'extended')) === 'revoked')
          return { status: 'revoked' }
        const outcome = await store.redeem(old, first ? [first] : [])
        if (outcome.status !== 'redeemed')
          for (const { hash } of rest) await store.revokeAccessToken(hash)
        return outcome
      },
    }),
  },
  {
    name: 'redeem() writes the sealed answer after the redemption',
    caughtBy: 'fault.rotate.atomic',
    also: ['purge.answers'],
    served: true,
    breaks: ({ store }) => ({
      supports: Object.freeze({
        ...store.supports,
        roundTrips: Object.freeze({ ...store.supports.roundTrips, redeem: 2 }),
      }),
      async redeem(old, made): Promise<Redemption> {
        const [answer] = made.filter(({ kind }) => kind === 'answer')
        const outcome = await store.redeem(
          old,
          made.filter((one) => one !== answer),
        )
        const isNew = outcome.status === 'redeemed' && answer && !(await store.find(answer.hash))
        if (isNew) await store.extend(old.grant, [answer])
        return outcome
      },
    }),
  },
  {
    name: 'issue() writes a grant and its credentials one after the other',
    caughtBy: 'fault.issue.atomic',
    served: true,
    also: ['budget.*', 'access.duplicate'],
    breaks: ({ store }) => ({
      supports: Object.freeze({
        ...store.supports,
        roundTrips: Object.freeze({ ...store.supports.roundTrips, issue: 2 }),
      }),
      async issue(grant, [first, ...rest], conditions) {
        const outcome = await store.issue(grant, first ? [first] : [], conditions)
        if (outcome === 'issued') await store.extend(grant, rest)
        return outcome
      },
    }),
  },
  {
    name: 'revoke() swallows errors',
    caughtBy: 'fault.revoke.reported',
    served: true,
    also: ['fault.error-not-miss', 'fault.deadline', 'fault.revoke.all-reported'],
    breaks: ({ store }) => ({
      revoke: (selector) =>
        store.revoke(selector).catch((error: Error) => {
          if (error instanceof TypeError) throw error
          return 0
        }),
    }),
  },
  {
    name: 'revoke() by user or client swallows the errors of single grants',
    caughtBy: 'fault.revoke.all-reported',
    served: true,
    breaks: ({ store }) => ({
      async revoke(selector) {
        if ('grantId' in selector) return store.revoke(selector)
        const { grants } = await store.listGrants(selector, { limit: 1000 })
        const outcomes = await Promise.allSettled(
          grants.map(({ id }) => store.revoke({ grantId: id })),
        )
        return outcomes.filter(({ status }) => status === 'fulfilled').length
      },
    }),
  },
  {
    name: 'redeem() treats a retry after a lost reply as another attempt',
    caughtBy: 'fault.lost-reply',
    served: true,
    also: ['code.consume.retry', 'refresh.rotate.*', 'purge.answers'],
    breaks: ({ store }) => ({
      async redeem(old, made) {
        try {
          return await store.redeem(old, made)
        } catch (error) {
          const found = await store.find(made[0]!.hash)
          if (!found) throw error
          return { status: 'replayed' }
        }
      },
    }),
  },
  {
    name: 'find() takes an extra round trip',
    caughtBy: 'budget.trips',
    served: true,
    breaks: ({ store }) => ({
      find: answers(store.find, async (found) => {
        if (found) await store.getClient(found.grant.clientId)
        return found
      }),
    }),
  },
]

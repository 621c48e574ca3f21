import type { Client, Grant, IssueConditions, Store } from '@oauth2-kit/core'
import { removeAt } from '../../reference/store'
import type { Base, Mutant } from '../mutant'

/** Checks the conditions first, one after the other, and then inserts. */
function checksFirst({ run }: Base): Partial<Store> {
  return {
    async issue(grant, credentials, { clientVersion }) {
      const get = { do: 'get', table: 'clients', key: grant.clientId } as const
      const client = await run<Client | null>(get)
      if (clientVersion !== undefined && client?.version !== clientVersion) return 'refused'
      const key = grant.userId ?? ''
      if (await run({ do: 'get', table: 'marks', key })) return 'refused'
      if (await run({ do: 'get', table: 'grants', key: grant.id })) throw new Error('duplicate key')
      const rows = credentials.map((one) => ({ ...one, removeAt: removeAt(one) }))
      await run({ do: 'call', procedure: 'insertGrant', args: [grant, rows] })
      return 'issued'
    },
  }
}

/** Issues with changed conditions. */
function issuesUnder(
  change: (conditions: IssueConditions, base: Base, grant: Grant) => Promise<IssueConditions>,
): Mutant['breaks'] {
  return (base) => ({
    issue: async (grant, credentials, conditions) =>
      base.store.issue(grant, credentials, await change(conditions, base, grant)),
  })
}

const raced = ['issue.*']

export const issueMutants: Mutant[] = [
  {
    name: 'issue() ignores its conditions',
    caughtBy: 'issue.version',
    also: [...raced, 'shape.answers', 'isolate.tenant', 'issue.*'],
    breaks: issuesUnder(async () => ({})),
  },
  {
    name: 'issue() accepts any version of an existing client',
    caughtBy: 'issue.version',
    also: [...raced, 'shape.answers'],
    breaks: issuesUnder(async ({ clientVersion }, { store }, { clientId }) => {
      if (clientVersion === undefined) return {}
      return { clientVersion: (await store.getClient(clientId))?.version ?? clientVersion }
    }),
  },
  {
    name: 'issue() checks the version only if the client exists',
    caughtBy: 'issue.client-gone',
    also: [...raced, 'isolate.tenant'],
    breaks: issuesUnder(async (conditions, { store }, { clientId }) =>
      (await store.getClient(clientId)) ? conditions : {},
    ),
  },
  {
    name: 'issue() requires the client to be in the store, even without a condition',
    caughtBy: 'issue.unconditional',
    also: ['*'],
    breaks: issuesUnder(async (conditions, { store }, { clientId }) => {
      if (conditions.clientVersion !== undefined) return conditions
      const client = await store.getClient(clientId)
      // A client that was deleted is unknown too.
      return client ? { clientVersion: client.version } : { clientVersion: 'gone' }
    }),
  },
  {
    name: 'issue() keeps the hashes of refused credentials as taken',
    caughtBy: 'issue.version',
    also: [...raced],
    breaks: ({ store, run }) => ({
      async issue(grant, credentials, conditions) {
        const outcome = await store.issue(grant, credentials, conditions)
        if (outcome === 'issued') return outcome
        const rows = credentials.map((one) => ({ ...one, grantId: grant.id, gone: true }))
        await run({ do: 'insert', table: 'credentials', rows })
        return outcome
      },
    }),
  },
  {
    name: 'issue() checks the client and the user first, and then inserts',
    caughtBy: 'issue.race-client',
    also: [...raced, 'budget.*'],
    breaks: checksFirst,
  },
  {
    name: 'issue() checks the client and the user first, and then inserts (over a wire)',
    caughtBy: 'issue.barrier-user',
    served: true,
    also: [...raced, 'budget.*'],
    breaks: (base) => ({ ...fourTrips(base), ...checksFirst(base) }),
  },
  {
    name: 'issue() checks again after the insert, but only the client',
    caughtBy: 'issue.race-user',
    also: [...raced, 'budget.*'],
    breaks: (base) => ({
      async issue(grant, credentials, conditions) {
        const { store } = base
        const first = await checksFirst(base).issue!(grant, credentials, conditions)
        const { clientVersion } = conditions
        if (first === 'refused' || clientVersion === undefined) return first
        if ((await store.getClient(grant.clientId))?.version === clientVersion) return first
        await store.revoke({ grantId: grant.id })
        return 'refused'
      },
    }),
  },
  {
    name: 'deleteClient() revokes first, and then removes the client',
    caughtBy: 'issue.race-client',
    also: raced,
    breaks: ({ store, run }) => ({
      async deleteClient(id) {
        await store.revoke({ clientId: id })
        await run({ do: 'remove', table: 'clients', where: { id } })
      },
    }),
  },
  {
    name: 'deleteUser() revokes first, and then removes the user',
    caughtBy: 'issue.race-user',
    also: raced,
    breaks: ({ store, run }) => ({
      async deleteUser(id, markUntil) {
        await store.revoke({ userId: id })
        await run({ do: 'call', procedure: 'removeUser', args: [id, markUntil] })
      },
    }),
  },
  {
    name: 'issue() accepts a client that was deleted and created again in the meantime',
    caughtBy: 'issue.race-again',
    also: raced,
    breaks: ({ store, run }) => ({
      async issue(grant, credentials, conditions) {
        const { clientVersion } = conditions
        const client = await store.getClient(grant.clientId)
        if (clientVersion === undefined || client?.version !== clientVersion)
          return store.issue(grant, credentials, conditions)
        // Since the first look-up it may have become another client with the same id.
        for (let n = 0; n < 2; n++) await run({ do: 'get', table: 'grants', key: grant.id })
        const now = await store.getClient(grant.clientId)
        return store.issue(grant, credentials, now ? { clientVersion: now.version } : conditions)
      },
    }),
  },
  {
    name: 'deleteUser() leaves no mark',
    caughtBy: 'issue.user-gone',
    also: [
      '...raced',
      'user.update-deleted',
      'purge.marks',
      'purge.batch',
      'isolate.purge',
      'expiry.passing',
      'issue.race-user',
      'issue.everywhere',
      'value.*',
    ],
    breaks: ({ store, run }) => ({
      async deleteUser(id) {
        if (typeof id !== 'string') throw new TypeError('"id" must be a string')
        await run({ do: 'remove', table: 'users', where: { id } })
        await store.revoke({ userId: id })
      },
    }),
  },
  {
    name: 'createUser() with the same username removes the mark of the deleted user',
    caughtBy: 'issue.user-gone',
    breaks({ store, run }) {
      const ids = new Map<string, string>()
      return {
        async createUser(user) {
          const isCreated = await store.createUser(user)
          const gone = ids.get(user.username)
          if (isCreated && gone !== undefined)
            await run({ do: 'remove', table: 'marks', where: { id: gone } })
          return isCreated
        },
        async deleteUser(id, markUntil) {
          const user = typeof id === 'string' ? await store.getUser(id) : null
          if (user) ids.set(user.username, id)
          await store.deleteUser(id, markUntil)
        },
      }
    },
  },
  {
    name: 'deleteUser() leaves a mark for a user who is not in the store',
    caughtBy: 'issue.user-unknown',
    also: ['isolate.*', 'user.*', 'purge.marks'],
    breaks: ({ store, run }) => ({
      async deleteUser(id, markUntil) {
        await store.deleteUser(id, markUntil)
        await run({ do: 'put', table: 'marks', row: { id, until: markUntil } })
      },
    }),
  },
]

function fourTrips({ store: { supports } }: Base): Partial<Store> {
  const roundTrips = Object.freeze({ ...supports.roundTrips, issue: 4 })
  return { supports: Object.freeze({ ...supports, roundTrips }) }
}

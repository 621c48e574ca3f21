import { setImmediate as turn } from 'node:timers/promises'
import { keyOf } from '../../reference/promise-model'
import type { Mutant, PromiseBase } from '../mutant'
import { mutex } from '../mutex'
import { changing, replacing } from '../promise-answers'

/** The function that revokes each kind, and how a case names the kind. */
const kinds = [
  { kind: 'code', revoke: 'revokeAuthorizationCode', find: 'getAuthorizationCode' },
  { kind: 'refresh', revoke: 'revokeToken', find: 'getRefreshToken' },
] as const

type Kind = (typeof kinds)[number]
type Work = <T>(work: () => Promise<T>) => Promise<T>

// In module scope, so that all models of this process share it.
const ofTheProcess = mutex()

function keyIn({ kind }: Kind, revoked: Record<string, unknown>): string {
  return keyOf(kind, String(revoked[kind === 'code' ? 'authorizationCode' : 'refreshToken']))
}

/** Revokes one kind in another way. */
function revoking(
  one: Kind,
  revoke: (base: PromiseBase, key: string) => unknown,
): NonNullable<Mutant['promiseModel']> {
  return replacing((base) => ({
    [one.revoke]: async (revoked: Record<string, unknown>) => revoke(base, keyIn(one, revoked)),
  }))
}

/** Reads whether the entry is there, and then removes it without looking at what it has removed. */
function readThenTake(one: Kind, lockOf: () => Work): NonNullable<Mutant['promiseModel']> {
  return (base) => {
    const lock = lockOf()
    const readsFirst = ({ shelf }: PromiseBase, key: string) =>
      lock(async () => {
        if ((await shelf.get(key)) === null) return false
        await turn()
        await shelf.take(key)
        return true
      })
    return revoking(one, readsFirst)(base)
  }
}

const unlocked: Work = (work) => work()

/** The case in which one caller revokes. */
function revokedCase({ kind }: Kind): string {
  return kind === 'code' ? 'code.consume.second' : 'refresh.rotate.old-dead'
}

/** Ways to revoke that let several callers win, by what the function does. */
const careless: readonly [does: string, revoke: (base: PromiseBase, key: string) => unknown][] = [
  [
    'always returns true',
    async ({ shelf }, key) => {
      await shelf.take(key)
      return true
    },
  ],
  [
    'resolves with the result of the driver',
    async ({ shelf }, key) => ({ deletedCount: (await shelf.take(key)) === null ? 0 : 1 }),
  ],
  [
    'counts the rows that match, revoked or not',
    async ({ shelf, entries }, key) => {
      const isKnown = (await shelf.get(key)) !== null || entries.has(`marked ${key}`)
      await shelf.take(key)
      if (isKnown) entries.set(`marked ${key}`, '')
      return isKnown
    },
  ],
  [
    'resolves before it has removed the entry',
    async ({ shelf }, key) => {
      const isThere = (await shelf.get(key)) !== null
      setTimeout(() => void shelf.take(key), 5)
      return isThere
    },
  ],
]

/** Mutants of `revokeToken` and `revokeAuthorizationCode`. */
export const promiseRevokingMutants: readonly Mutant[] = [
  ...kinds.flatMap((one): Mutant[] => [
    ...careless.map(([does, revoke]) => ({
      name: `${one.revoke}() of a promise model ${does}`,
      caughtBy: `once.${one.kind}.loser`,
      promiseModel: revoking(one, revoke),
    })),
    {
      name: `${one.revoke}() of a promise model reads, and then removes`,
      caughtBy: `once.${one.kind}.stampede`,
      promiseModel: readThenTake(one, () => unlocked),
    },
    {
      name: `${one.revoke}() of a promise model relies on a mutex in each instance`,
      caughtBy: `once.${one.kind}.stampede`,
      promiseModel: readThenTake(one, mutex),
    },
    {
      name: `${one.revoke}() of a promise model reads, and then removes (over a wire)`,
      caughtBy: `once.${one.kind}.barrier`,
      served: true,
      promiseModel: readThenTake(one, () => unlocked),
    },
    {
      name: `${one.revoke}() of a promise model relies on a mutex in the process`,
      caughtBy: `once.${one.kind}.processes`,
      served: true,
      promiseModel: readThenTake(one, () => ofTheProcess),
    },
    {
      name: `${one.revoke}() of a promise model does nothing`,
      caughtBy: `once.${one.kind}.loser`,
      promiseModel: revoking(one, () => true),
    },
    {
      name: `${one.revoke}() of a promise model returns nothing`,
      caughtBy: `once.${one.kind}.loser`,
      promiseModel: revoking(one, async ({ shelf }, key) => void (await shelf.take(key))),
    },
    {
      name: `${one.revoke}() of a promise model returns false, although it has removed the entry`,
      caughtBy: `once.${one.kind}.loser`,
      promiseModel: changing(one.revoke, () => false),
    },
    {
      name: `${one.revoke}() of a promise model rejects for a loser`,
      caughtBy: `once.${one.kind}.loser`,
      promiseModel: changing(one.revoke, (isFirst) => {
        if (isFirst) return true
        throw new Error('No such entry')
      }),
    },
    {
      name: `${one.revoke}() of a promise model also removes the access tokens`,
      caughtBy: revokedCase(one),
      promiseModel: revoking(one, async ({ shelf, entries }, key) => {
        for (const other of entries.keys()) if (other.startsWith('access:')) entries.delete(other)
        return (await shelf.take(key)) !== null
      }),
    },
    {
      name: `${one.revoke}() of a promise model also removes the other entries of the user and client`,
      caughtBy: revokedCase(one),
      promiseModel: revoking(one, async ({ shelf, entries }, key) => {
        const removed = await shelf.take(key)
        if (removed === null) return false
        const { userId } = JSON.parse(removed) as { userId: unknown }
        for (const [other, text] of entries)
          if (other.startsWith(`${one.kind}:`) && text.includes(JSON.stringify(userId)))
            entries.delete(other)
        return true
      }),
    },
  ]),
  {
    name: 'revokeAuthorizationCode() of a promise model returns a function that it does not call',
    caughtBy: 'once.code.loser',
    promiseModel: replacing(({ shelf }) => ({
      revokeAuthorizationCode: async () => (key: string) => shelf.take(key),
    })),
  },
  {
    name: 'getAuthorizationCode() of a promise model removes the code, and revoking it always returns true',
    caughtBy: 'code.consume.second',
    promiseModel: replacing(({ model, shelf }) => ({
      getAuthorizationCode: async (code: string) => {
        const found = await model.getAuthorizationCode(code)
        await shelf.take(keyOf('code', code))
        return found
      },
      revokeAuthorizationCode: async () => true,
    })),
  },
  {
    name: 'getRefreshToken() of a promise model writes back what it has read some seconds later',
    caughtBy: 'revoke.stays',
    promiseModel: replacing(({ model, shelf }) => ({
      async getRefreshToken(token: string) {
        const key = keyOf('refresh', token)
        const text = await shelf.get(key)
        if (text !== null) setTimeout(() => void shelf.put(key, text), 3000).unref()
        return model.getRefreshToken(token)
      },
    })),
  },
  {
    name: 'revokeToken() of a promise model removes the token whose access token it receives',
    caughtBy: 'refresh.rotate.old-dead',
    promiseModel: replacing(({ shelf }) => ({
      revokeToken: async ({ accessToken }: { accessToken?: string }) =>
        (await shelf.take(keyOf('refresh', String(accessToken)))) !== null,
    })),
  },
]

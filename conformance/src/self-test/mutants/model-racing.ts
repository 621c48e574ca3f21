import { setImmediate as turn } from 'node:timers/promises'
import type { Callback } from '@oauth2-kit/core'
import { digest } from '../../reference/model'
import type { Mutant } from '../mutant'

type Loose = (...args: unknown[]) => unknown

/** Joins calls that are under way for the same key, as if they were one query. */
function joined(fn: Loose, keyOf: (...args: unknown[]) => unknown): Loose {
  const waiting = new Map<unknown, Callback[]>()
  return (...all) => {
    const [args, callback] = [all.slice(0, -1), all.at(-1) as Callback]
    const key = keyOf(...args)
    const others = waiting.get(key)
    if (others) return void others.push(callback)
    const callbacks = [callback]
    waiting.set(key, callbacks)
    return turn().then(() => {
      waiting.delete(key)
      fn(...args, (...results: Parameters<Callback>) => {
        for (const one of callbacks) one(...results)
      })
    })
  }
}

/** Mutants of a 2.4 model that fail when calls are under way at the same time. */
export const modelRacingMutants: readonly Mutant[] = [
  {
    name: 'simultaneous calls of getUserFromClient() of a 2.4 model share a query',
    caughtBy: 'client.user',
    breaksModel: ({ getUserFromClient }) => ({
      getUserFromClient: joined(getUserFromClient as Loose, (id) => id),
    }),
  },
  {
    name: 'simultaneous calls of getClient() of a 2.4 model share a query without a secret',
    caughtBy: 'client.secret',
    breaksModel: ({ getClient }) => {
      const shared = joined(getClient as Loose, (id) => id)
      const underWay = new Set<unknown>()
      return {
        getClient(id, secret, callback) {
          if (secret !== null && !underWay.has(id)) return getClient(id, secret, callback)
          underWay.add(id)
          return shared(id, secret, (...results: Parameters<typeof callback>) => {
            underWay.delete(id)
            callback(...results)
          })
        },
      }
    },
  },
  {
    name: 'simultaneous calls of grantTypeAllowed() of a 2.4 model share a query for any client',
    caughtBy: 'client.grant',
    breaksModel: ({ grantTypeAllowed }) => ({
      grantTypeAllowed: joined(grantTypeAllowed as Loose, (_id, grantType) => grantType),
    }),
  },
  {
    name: 'simultaneous calls of generateToken() of a 2.4 model get one token',
    caughtBy: 'secret.generated',
    breaksModel: ({ generateToken }) => ({
      generateToken: joined(generateToken as Loose, (type) => type),
    }),
  },
  {
    name: 'saveAccessToken() of a 2.4 model keeps the user on the model while it waits',
    caughtBy: 'access.several',
    breaksModel: ({ saveAccessToken }) => {
      let current: unknown
      return {
        async saveAccessToken(token, clientId, expires, user, callback) {
          current = user
          await turn()
          saveAccessToken(token, clientId, expires, current, callback)
        },
      }
    },
  },
  {
    name: 'a 2.4 model keeps access and refresh tokens in one document, which each save writes back',
    caughtBy: 'access.several',
    breaksModel: ({ saveAccessToken }, { refresh }) => ({
      async saveAccessToken(...args) {
        const copy = [...refresh]
        await turn()
        refresh.clear()
        for (const [key, row] of copy) refresh.set(key, row)
        saveAccessToken(...args)
      },
    }),
  },
  {
    name: 'revokeRefreshToken() of a 2.4 model writes back the list that it has read',
    caughtBy: 'refresh.revoke',
    breaksModel: (_, { refresh }) => ({
      async revokeRefreshToken(token, callback) {
        const copy = new Map(refresh)
        await turn()
        copy.delete(digest(token))
        refresh.clear()
        for (const [key, row] of copy) refresh.set(key, row)
        callback(null)
      },
    }),
  },
  {
    name: 'getRefreshToken() of a 2.4 model writes the row back with the time of its use',
    caughtBy: 'refresh.revoke',
    breaksModel: ({ getRefreshToken }, { refresh }) => ({
      async getRefreshToken(token, callback) {
        const row = refresh.get(digest(token))
        await turn()
        if (row) refresh.set(digest(token), row)
        getRefreshToken(token, callback)
      },
    }),
  },
  {
    name: 'getRefreshToken() of a 2.4 model writes the row back some seconds later',
    caughtBy: 'revoke.stays',
    breaksModel: ({ getRefreshToken }, { refresh }) => ({
      getRefreshToken(token, callback) {
        const row = refresh.get(digest(token))
        if (row) setTimeout(() => refresh.set(digest(token), row), 3000).unref()
        getRefreshToken(token, callback)
      },
    }),
  },
  {
    name: 'the second of two simultaneous calls of revokeRefreshToken() of a 2.4 model is an error',
    caughtBy: 'revoke.idempotent',
    breaksModel: ({ revokeRefreshToken }) => {
      const underWay = new Set<string>()
      return {
        async revokeRefreshToken(token, callback) {
          if (underWay.has(token)) return callback(new Error('could not serialize access'))
          underWay.add(token)
          await turn()
          underWay.delete(token)
          return revokeRefreshToken(token, callback)
        },
      }
    },
  },
  {
    name: 'a failed saveAccessToken() of a 2.4 model makes those beside it fail',
    caughtBy: 'value.user-object',
    breaksModel: ({ saveAccessToken }) => {
      let failure: Error | null = null
      return {
        async saveAccessToken(token, clientId, expires, user, callback) {
          const { about = '' } = user as { about?: string }
          const fails = about.length > 10_000
          if (fails) failure = new Error('value too long')
          await turn()
          if (failure) callback(failure)
          else saveAccessToken(token, clientId, expires, user, callback)
          await turn()
          if (fails) failure = null
        },
      }
    },
  },
]

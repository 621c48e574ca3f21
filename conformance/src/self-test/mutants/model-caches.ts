import type { Model } from '@oauth2-kit/core'
import { digest } from '../../reference/model'
import type { Mutant } from '../mutant'
import { changed, changedHit, settled, stored } from './model-answers'

/** Mutants of how a 2.4 model keeps several tokens apart, and of its caches. */
export const modelCacheMutants: readonly Mutant[] = [
  {
    name: 'getAccessToken() of a 2.4 model also finds refresh tokens',
    caughtBy: 'access.kind',
    breaksModel: ({ getAccessToken, getRefreshToken }) => ({
      getAccessToken: eitherOf(getAccessToken, getRefreshToken),
    }),
  },
  {
    name: 'getRefreshToken() of a 2.4 model also finds access tokens',
    caughtBy: 'access.kind',
    breaksModel: ({ getAccessToken, getRefreshToken }) => ({
      getRefreshToken: eitherOf(getRefreshToken, getAccessToken),
    }),
  },
  {
    name: 'getRefreshToken() of a 2.4 model also finds codes',
    caughtBy: 'access.kind',
    breaksModel: ({ getAuthCode, getRefreshToken }) => ({
      getRefreshToken: eitherOf(getRefreshToken, getAuthCode),
    }),
  },
  {
    name: 'getAuthCode() of a 2.4 model also finds access tokens',
    caughtBy: 'access.kind',
    breaksModel: ({ getAuthCode, getAccessToken }) => ({
      getAuthCode: eitherOf(getAuthCode, getAccessToken),
    }),
  },
  {
    name: 'getAccessToken() of a 2.4 model accepts the id of a client as a token',
    caughtBy: 'access.kind',
    breaksModel: ({ getAccessToken }, { clients }) => ({
      getAccessToken: changed(getAccessToken, (found: unknown, token: string) =>
        clients.has(token) ? { clientId: token, userId: token, expires: null } : found,
      ),
    }),
  },
  {
    name: 'saveAuthCode() of a 2.4 model removes the refresh tokens',
    caughtBy: 'access.kind',
    breaksModel: ({ saveAuthCode }, { refresh }) => ({
      saveAuthCode(...args) {
        saveAuthCode(...args)
        refresh.clear()
      },
    }),
  },
  {
    name: 'saveRefreshToken() of a 2.4 model also changes the last access token',
    caughtBy: 'access.kind',
    breaksModel: ({ saveRefreshToken }, { access }) => ({
      saveRefreshToken(...args) {
        const last = [...access.values()].at(-1)
        if (last && args[2]) last.expires = args[2].getTime()
        saveRefreshToken(...args)
      },
    }),
  },
  {
    name: 'getAccessToken() of a 2.4 model remembers misses',
    caughtBy: 'access.current',
    breaksModel({ getAccessToken }) {
      const missed = new Set<string>()
      return {
        getAccessToken: changed(getAccessToken, (found: unknown, token: string) => {
          if (!found) missed.add(token)
          return missed.has(token) ? null : found
        }),
      }
    },
  },
  {
    name: 'getRefreshToken() of a 2.4 model remembers hits, and so finds a revoked token',
    caughtBy: 'access.current',
    breaksModel({ getRefreshToken }) {
      const hits = new Map<string, unknown>()
      return {
        getRefreshToken: changed(getRefreshToken, (found: unknown, token: string) => {
          if (found) hits.set(token, found)
          return found ?? hits.get(token) ?? null
        }),
      }
    },
  },
  {
    name: 'getRefreshToken() of a 2.4 model removes the token that it returns',
    caughtBy: 'access.current',
    breaksModel: ({ getRefreshToken }, { refresh }) => ({
      getRefreshToken: changed(getRefreshToken, (found: unknown, token: string) => {
        refresh.delete(digest(token))
        return found
      }),
    }),
  },
  {
    name: 'getAccessToken() of a 2.4 model extends the token that it returns',
    caughtBy: 'access.current',
    breaksModel: ({ getAccessToken }, content) => ({
      getAccessToken: changedHit(getAccessToken, (found, token: string) => {
        const hit = stored(content, 'access', token)
        if (hit?.expires) hit.expires += 1000
        return found
      }),
    }),
  },
  {
    name: 'saving the same refresh token again removes it from a 2.4 model',
    caughtBy: 'access.current',
    breaksModel: ({ saveRefreshToken }, content) => ({
      saveRefreshToken(token, ...rest) {
        const isNew = !stored(content, 'refresh', token)
        content.refresh.delete(digest(token))
        if (isNew) saveRefreshToken(token, ...rest)
        else rest[3](new Error('It exists'))
      },
    }),
  },
  {
    name: 'saveRefreshToken() of a 2.4 model drops the other tokens of the user and client',
    caughtBy: 'access.several',
    breaksModel: ({ saveRefreshToken }, { refresh }) => ({
      saveRefreshToken(token, clientId, expires, user, callback) {
        const { id } = user as { id: unknown }
        for (const [key, one] of refresh)
          if (one.clientId === clientId && one.userId === id) refresh.delete(key)
        saveRefreshToken(token, clientId, expires, user, callback)
      },
    }),
  },
  ...(['access', 'codes', 'refresh'] as const).map((table): Mutant => {
    const name = (
      { access: 'saveAccessToken', codes: 'saveAuthCode', refresh: 'saveRefreshToken' } as const
    )[table]
    return {
      name: `${name}() of a 2.4 model keeps the last 100 only`,
      caughtBy: 'access.several',
      breaksModel: (model, content) => ({
        [name]: settled(model[name], (callback, error) => {
          for (const key of [...content[table].keys()].slice(0, -100)) content[table].delete(key)
          callback(error)
        }),
      }),
    }
  }),
  {
    name: 'saveAccessToken() of a 2.4 model gives all tokens of a user the last expiry',
    caughtBy: 'access.several',
    breaksModel: ({ saveAccessToken }, { access }) => ({
      saveAccessToken(token, clientId, expires, user, callback) {
        const { id } = user as { id: unknown }
        for (const one of access.values())
          if (one.userId === id && one.clientId === clientId && one.expires)
            one.expires = Number(expires)
        saveAccessToken(token, clientId, expires, user, callback)
      },
    }),
  },
  {
    name: 'two simultaneous saves of a 2.4 model lose one token',
    caughtBy: 'access.several',
    breaksModel: ({ saveAuthCode }, { codes }) => ({
      saveAuthCode(token, clientId, expires, user, callback) {
        const before = [...codes]
        setImmediate(() => {
          codes.clear()
          for (const [key, one] of before) codes.set(key, one)
          saveAuthCode(token, clientId, expires, user, callback)
        })
      },
    }),
  },
]

/** Returns a finder that also looks where the other one does. */
function eitherOf<
  F extends NonNullable<Model['getAccessToken' | 'getAuthCode' | 'getRefreshToken']>,
>(own: F, other: NonNullable<Model['getAccessToken' | 'getAuthCode' | 'getRefreshToken']>): F {
  return settled(own, (callback, error, found, [token]) => {
    if (found) callback(error, found)
    else other(token as string, callback)
  })
}

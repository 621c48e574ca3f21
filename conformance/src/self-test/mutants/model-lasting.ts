import type { Model } from '@oauth2-kit/core'
import { type ModelContent, type SavedToken, digest } from '../../reference/model'
import type { Mutant } from '../mutant'
import { stored } from './model-answers'

const [hourMs, dayMs] = [3_600_000, 86_400_000]

type Table = Map<string, SavedToken>

/** Removes what has expired, and takes an expiry of null for the year 1970. */
function purgeWithNull(table: Table): void {
  for (const [key, { expires }] of table) if ((expires ?? 0) < Date.now()) table.delete(key)
}

/** Does something before a function of the model runs. */
function before(
  name: keyof Model,
  act: (content: ModelContent, token: string) => void,
): Mutant['breaksModel'] {
  return (model, content) => {
    const call = model[name] as (...args: unknown[]) => unknown
    return {
      [name](...args: unknown[]) {
        act(content, String(args[0]))
        return call(...args)
      },
    }
  }
}

/** Mutants of a 2.4 model that forget, extend or revive tokens. */
export const modelLastingMutants: readonly Mutant[] = [
  {
    name: 'a 2.4 model removes access tokens that never expire when it cleans up once a minute',
    caughtBy: 'expiry.passing',
    breaksModel({ saveAccessToken }, { access }) {
      let last = Date.now()
      return {
        saveAccessToken(...args) {
          if (Date.now() - last > 60_000) purgeWithNull(access)
          last = Math.max(last, Date.now())
          saveAccessToken(...args)
        },
      }
    },
  },
  {
    name: 'a 2.4 model removes refresh tokens a day after it has saved them',
    caughtBy: 'expiry.passing',
    breaksModel({ saveRefreshToken }, { refresh }) {
      const savedAt = new Map<string, number>()
      return {
        saveRefreshToken(token, ...rest) {
          for (const [key, at] of savedAt) if (Date.now() - at > dayMs) refresh.delete(key)
          savedAt.set(digest(token), Date.now())
          saveRefreshToken(token, ...rest)
        },
      }
    },
  },
  {
    name: 'a 2.4 model removes access tokens that were not used for an hour',
    caughtBy: 'expiry.passing',
    breaksModel({ getAccessToken, saveAccessToken }, { access }) {
      const usedAt = new Map<string, number>()
      return {
        saveAccessToken(token, ...rest) {
          usedAt.set(token, Date.now())
          saveAccessToken(token, ...rest)
        },
        getAccessToken(token, callback) {
          if (Date.now() - (usedAt.get(token) ?? Infinity) > hourMs) access.delete(digest(token))
          usedAt.set(token, Date.now())
          getAccessToken(token, callback)
        },
      }
    },
  },
  {
    name: 'revokeRefreshToken() of a 2.4 model also removes the tokens that never expire',
    caughtBy: 'refresh.revoke',
    breaksModel: before('revokeRefreshToken', ({ refresh }) => purgeWithNull(refresh)),
  },
  {
    name: 'each hundredth saveAccessToken() of a 2.4 model removes those that never expire',
    caughtBy: 'access.several',
    breaksModel(model, content) {
      let count = 0
      return before('saveAccessToken', ({ access }) => {
        if (++count % 100 === 0) purgeWithNull(access)
      })!(model, content)
    },
  },
  {
    name: 'getRefreshToken() of a 2.4 model that finds an expired one removes those without an expiry',
    caughtBy: 'expiry.past',
    breaksModel: before('getRefreshToken', (content, token) => {
      const expires = stored(content, 'refresh', token)?.expires ?? Infinity
      if (expires < Date.now()) purgeWithNull(content.refresh)
    }),
  },
  {
    name: 'getRefreshToken() of a 2.4 model revives an expired one',
    caughtBy: 'expiry.past',
    breaksModel: ({ getRefreshToken }, content) => ({
      getRefreshToken(token, callback) {
        getRefreshToken(token, callback)
        const row = stored(content, 'refresh', token)
        if (row && (row.expires ?? Infinity) <= Date.now()) row.expires = Date.now() + dayMs
      },
    }),
  },
  {
    name: 'getAccessToken() of a 2.4 model extends a token that is used shortly before its end',
    caughtBy: 'expiry.boundary',
    breaksModel: ({ getAccessToken }, content) => ({
      getAccessToken(token, callback) {
        getAccessToken(token, callback)
        const row = stored(content, 'access', token)
        if (row && (row.expires ?? Infinity) - Date.now() < 900_000)
          row.expires = Date.now() + hourMs
      },
    }),
  },
  {
    name: 'a 2.4 model keeps one refresh token that never expires for a user and client',
    caughtBy: 'expiry.null',
    breaksModel: ({ saveRefreshToken }, { refresh }) => ({
      saveRefreshToken(token, clientId, expires, user, callback) {
        const { id } = user as { id: unknown }
        for (const [key, one] of expires ? [] : refresh)
          if (one.expires === null && one.clientId === clientId && one.userId === id)
            refresh.delete(key)
        saveRefreshToken(token, clientId, expires, user, callback)
      },
    }),
  },
  {
    name: 'a second instance of a 2.4 model removes all refresh tokens when it starts',
    caughtBy: 'isolate.instances',
    breaksModel(_, { refresh }) {
      refresh.clear()
      return {}
    },
  },
  {
    name: 'a second instance of a 2.4 model removes the refresh tokens that never expire',
    caughtBy: 'isolate.instances',
    breaksModel(_, { refresh }) {
      purgeWithNull(refresh)
      return {}
    },
  },
  ...(
    [
      ['access', 'saveAccessToken', 1000],
      ['codes', 'saveAuthCode', 256],
      ['refresh', 'saveRefreshToken', 500],
    ] as const
  ).map(([table, name, most]): Mutant => ({
    name: `${name}() of a 2.4 model keeps the last ${most}`,
    caughtBy: 'growth.kept',
    breaksModel: before(name, (content) => {
      const [oldest] = content[table].keys()
      if (content[table].size >= most) content[table].delete(oldest!)
    }),
  })),
]

import type { Mutant } from '../mutant'
import { alsoTries, changed, changedHit, withArguments } from './model-answers'

const userIds: readonly [what: string, form: (id: string) => string][] = [
  ['up to a colon', (id) => id.split(':')[0]!],
  ['up to a comma', (id) => id.split(',')[0]!],
  ['cut after 36 characters', (id) => id.slice(0, 36)],
  ['cut after 128 characters', (id) => id.slice(0, 128)],
  ['in Latin-1', (id) => Buffer.from(id, 'latin1').toString('latin1')],
]

/** Mutants of how a 2.4 model saves and finds one token. */
export const modelTokenMutants: readonly Mutant[] = [
  {
    name: 'getAuthCode() of a 2.4 model returns no client',
    caughtBy: 'code.find',
    breaksModel: ({ getAuthCode }) => ({
      getAuthCode: changedHit(getAuthCode, (found) => ({ ...found, clientId: undefined })),
    }),
  },
  {
    name: 'getRefreshToken() of a 2.4 model returns no user',
    caughtBy: 'refresh.find',
    breaksModel: ({ getRefreshToken }) => ({
      getRefreshToken: changedHit(getRefreshToken, (found) => ({ ...found, userId: undefined })),
    }),
  },
  ...userIds.map(([what, form]): Mutant => ({
    name: `saveAccessToken() of a 2.4 model stores the id of the user ${what}`,
    caughtBy: 'access.find',
    breaksModel: ({ saveAccessToken }) => ({
      saveAccessToken: withArguments(saveAccessToken, (...args: unknown[]) => {
        const { id } = args[3] as { id: unknown }
        return args.with(3, { id: typeof id === 'string' ? form(id) : id })
      }),
    }),
  })),
  {
    name: 'saveRefreshToken() of a 2.4 model drops the token of an unknown client',
    caughtBy: 'refresh.find',
    breaksModel: ({ saveRefreshToken }, { clients }) => ({
      saveRefreshToken(token, clientId, expires, user, callback) {
        if (clients.has(clientId)) saveRefreshToken(token, clientId, expires, user, callback)
        else callback(null)
      },
    }),
  },
  {
    name: 'getAccessToken() of a 2.4 model returns a user without an id',
    caughtBy: 'access.find',
    breaksModel: ({ getAccessToken }) => ({
      getAccessToken: changedHit(getAccessToken, (found) => ({ ...found, user: { name: 'x' } })),
    }),
  },
  {
    name: 'getAccessToken() of a 2.4 model returns another client',
    caughtBy: 'access.find',
    breaksModel: ({ getAccessToken }) => ({
      getAccessToken: changedHit(getAccessToken, (found) => ({ ...found, clientId: 'other' })),
    }),
  },
  {
    name: 'getAccessToken() of a 2.4 model returns the user of the token that was saved last',
    caughtBy: 'access.find',
    breaksModel({ getAccessToken, saveAccessToken }) {
      let last: unknown
      return {
        saveAccessToken(...args) {
          last = (args[3] as { id: unknown }).id
          saveAccessToken(...args)
        },
        getAccessToken: changedHit(getAccessToken, (found) => ({ ...found, userId: last })),
      }
    },
  },
  {
    name: 'saveAuthCode() of a 2.4 model gives every code of a user to one client',
    caughtBy: 'code.find',
    breaksModel({ saveAuthCode }) {
      const clients = new Map<unknown, string>()
      return {
        saveAuthCode: withArguments(
          saveAuthCode,
          (code: string, client: string, expires: Date, user: { id: unknown }) => {
            if (!clients.has(user.id)) clients.set(user.id, client)
            return [code, clients.get(user.id), expires, user]
          },
        ),
      }
    },
  },
  {
    name: 'saveRefreshToken() of a 2.4 model swaps the client and the user',
    caughtBy: 'refresh.find',
    breaksModel: ({ saveRefreshToken }) => ({
      saveRefreshToken: withArguments(
        saveRefreshToken,
        (token: string, client: string, expires: Date, user: { id: unknown }) => [
          token,
          user.id,
          expires,
          { id: client },
        ],
      ),
    }),
  },
  {
    name: 'saveAccessToken() of a 2.4 model calls back before it has saved',
    caughtBy: 'access.find',
    breaksModel: ({ saveAccessToken }) => ({
      saveAccessToken(token, clientId, expires, user, callback) {
        setTimeout(saveAccessToken, 5, token, clientId, expires, user, () => {})
        callback(null)
      },
    }),
  },
  {
    name: 'getAccessToken() of a 2.4 model accepts the stored hash as the token',
    caughtBy: 'access.find',
    breaksModel: ({ getAccessToken }, { access }) => ({
      getAccessToken: changed(getAccessToken, (found: unknown, token: string) => {
        const hit = found ? undefined : access.get(token)
        return hit ? { ...hit, expires: new Date(hit.expires!) } : found
      }),
    }),
  },
  {
    name: 'getAccessToken() of a 2.4 model removes "Bearer" from a token',
    caughtBy: 'access.find',
    breaksModel: ({ getAccessToken }) => ({
      getAccessToken: alsoTries(getAccessToken, (token: unknown) => [
        [typeof token === 'string' ? token.replace('Bearer ', '') : token],
      ]),
    }),
  },
  {
    name: 'two simultaneous look-ups of a 2.4 model share a variable',
    caughtBy: 'refresh.find',
    breaksModel({ getRefreshToken }) {
      let last = ''
      return {
        getRefreshToken(token, callback) {
          last = token
          setImmediate(() => getRefreshToken(last, callback))
        },
      }
    },
  },
  {
    name: 'getAccessToken() of a 2.4 model returns one object, which it changes',
    caughtBy: 'access.find',
    breaksModel({ getAccessToken }) {
      const shared = {}
      return { getAccessToken: changedHit(getAccessToken, (found) => Object.assign(shared, found)) }
    },
  },
  {
    name: 'getRefreshToken() of a 2.4 model ignores dashes',
    caughtBy: 'refresh.find',
    breaksModel: ({ getRefreshToken }) => ({
      getRefreshToken: alsoTries(getRefreshToken, (token: unknown) => [
        [typeof token === 'string' ? token.replaceAll('-', '') : token],
      ]),
    }),
  },
]

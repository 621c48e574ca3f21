import type { Model } from '@oauth2-kit/core'
import type { Mutant } from '../mutant'
import { type Found, changed, changedHit, withArguments } from './model-answers'

type Kind = 'AccessToken' | 'AuthCode' | 'RefreshToken'

/** Stores and looks up a token in another form, in both functions of one kind. */
function keyedBy(kind: Kind, form: (token: string) => string): Mutant['breaksModel'] {
  const [get, save] = [`get${kind}`, `save${kind}`] as const
  const formOf = (token: unknown, ...rest: unknown[]) => [
    typeof token === 'string' ? form(token) : token,
    ...rest,
  ]
  return (model) => ({
    [get]: withArguments(model[get], formOf),
    [save]: withArguments(model[save], formOf),
  })
}

const forms: readonly [what: string, caughtBy: string, Kind, (token: string) => string][] = [
  ['in lower case', 'value.case', 'AccessToken', (token) => token.toLowerCase()],
  ['in lower case', 'value.case', 'RefreshToken', (token) => token.toLowerCase()],
  ['without spaces around them', 'value.trailing-space', 'AuthCode', (token) => token.trim()],
  ['cut after 32 characters', 'value.token', 'AuthCode', (token) => token.slice(0, 32)],
  ['cut after 64 characters', 'value.token', 'RefreshToken', (token) => token.slice(0, 64)],
  ['cut after 128 characters', 'value.token', 'AccessToken', (token) => token.slice(0, 128)],
  ['cut after 254 characters', 'value.token', 'AccessToken', (token) => token.slice(0, 254)],
  ['decoded from base64', 'value.token', 'RefreshToken', (token) => decoded(token)],
  ['as numbers if they look like numbers', 'value.token', 'AccessToken', (token) => numeric(token)],
  ['up to a dot', 'value.token', 'AccessToken', (token) => token.split('.')[0]!],
  ['up to a zero byte', 'inject.sql', 'AccessToken', (token) => token.split('\0')[0]!],
]

/** Mutants of how a 2.4 model compares and copies values. */
export const modelValueMutants: readonly Mutant[] = [
  ...forms.map(([what, caughtBy, kind, form]): Mutant => ({
    name: `a 2.4 model compares values of save${kind}() ${what}`,
    caughtBy,
    breaksModel: keyedBy(kind, form),
  })),
  {
    name: 'saveAccessToken() of a 2.4 model removes members of the user that it receives',
    caughtBy: 'value.aliasing',
    breaksModel: ({ saveAccessToken }) => ({
      saveAccessToken: withArguments(saveAccessToken, (...args: unknown[]) => {
        const user = args[3] as Record<string, unknown>
        for (const name of Object.keys(user)) if (name !== 'id') delete user[name]
        return args
      }),
    }),
  },
  {
    name: 'saveAccessToken() of a 2.4 model lets the members of the user replace its own',
    caughtBy: 'value.user-object',
    breaksModel: ({ saveAccessToken }) => ({
      saveAccessToken(token, clientId, expires, user, callback) {
        const row = { clientId, expires, ...(user as object) }
        saveAccessToken(token, row.clientId, row.expires, user, callback)
      },
    }),
  },
  {
    name: 'saveRefreshToken() of a 2.4 model drops a user of more than 255 characters',
    caughtBy: 'value.user-object',
    breaksModel: ({ saveRefreshToken }) => ({
      saveRefreshToken(token, clientId, expires, user, callback) {
        const { about = '' } = user as { about?: string }
        if (about.length > 255) callback(null)
        else saveRefreshToken(token, clientId, expires, user, callback)
      },
    }),
  },
  {
    name: 'getAccessToken() of a 2.4 model returns one user object for each token',
    caughtBy: 'value.aliasing',
    breaksModel({ getAccessToken, saveAccessToken }) {
      const users = new Map<string, object>()
      return {
        saveAccessToken(token, clientId, expires, user, callback) {
          users.set(token, { ...(user as object) })
          saveAccessToken(token, clientId, expires, user, callback)
        },
        getAccessToken: changedHit(getAccessToken, (found, token: string) => ({
          ...found,
          user: { ...users.get(token), id: found.userId },
        })),
      }
    },
  },
  {
    name: 'getClient() of a 2.4 model remembers the client that it has authenticated',
    caughtBy: 'value.aliasing',
    breaksModel({ getClient }) {
      const known = new Map<string, unknown>()
      return {
        getClient: changed(getClient, (client: unknown, id: string, secret: string | null) => {
          const key = JSON.stringify([id, secret])
          if (client && secret !== null && !known.has(key)) known.set(key, client)
          return known.get(key) ?? client
        }),
      }
    },
  },
  {
    name: 'getUserFromClient() of a 2.4 model returns one object for each client',
    caughtBy: 'value.aliasing',
    breaksModel({ getUserFromClient }) {
      const known = new Map<string, unknown>()
      return {
        getUserFromClient: changed(getUserFromClient, (user: unknown, id: string) => {
          if (user && !known.has(id)) known.set(id, user)
          return user && known.get(id)
        }),
      }
    },
  },
  {
    name: 'getAccessToken() of a 2.4 model finds tokens by their CRC-32',
    caughtBy: 'value.token',
    breaksModel: keyedBy('AccessToken', (token) => String(crc32(token))),
  },
  ...(['saveAccessToken', 'saveRefreshToken'] as const).map((name): Mutant => ({
    name: `${name}() of a 2.4 model does not report a user that is not JSON`,
    caughtBy: 'value.user-object',
    breaksModel: (model) => ({
      [name](...args: Parameters<Required<Model>['saveAccessToken']>) {
        if (isJson(args[3])) model[name](...args)
        else args[4](null)
      },
    }),
  })),
  {
    name: 'saveAccessToken() of a 2.4 model cuts tokens after 40 characters',
    caughtBy: 'value.token',
    breaksModel: ({ saveAccessToken }) => ({
      saveAccessToken: withArguments(saveAccessToken, (token: string, ...rest: unknown[]) => [
        token.slice(0, 40),
        ...rest,
      ]),
    }),
  },
  {
    name: 'revokeRefreshToken() of a 2.4 model compares the first 72 characters',
    caughtBy: 'value.token',
    breaksModel: ({ revokeRefreshToken }) => ({
      revokeRefreshToken: withArguments(revokeRefreshToken, (token: string) => [
        token.slice(0, 72),
      ]),
    }),
  },
  {
    name: 'getAccessToken() of a 2.4 model finds inherited members',
    caughtBy: 'value.names',
    breaksModel: ({ getAccessToken }) => ({
      getAccessToken: changed(
        getAccessToken,
        (found: unknown, token: string) => found ?? ({} as Record<string, unknown>)[token],
      ),
    }),
  },
  {
    name: 'getClient() of a 2.4 model finds inherited members',
    caughtBy: 'value.names',
    breaksModel: ({ getClient }) => ({
      getClient: changed(getClient, (found: unknown, id: string, secret: unknown) =>
        secret === null ? (found ?? ({} as Record<string, unknown>)[id]) : found,
      ),
    }),
  },
  {
    name: 'getUser() of a 2.4 model finds inherited members',
    caughtBy: 'value.names',
    breaksModel: ({ getUser }) => ({
      getUser: changed(
        getUser,
        (found: unknown, name: string) => found ?? ({} as Record<string, unknown>)[name],
      ),
    }),
  },
  ...(
    [
      ['a secret', 'getClient', 1],
      ['an id', 'getClient', 0],
      ['a password', 'getUser', 1],
      ['a username', 'getUser', 0],
      ['a grant type', 'grantTypeAllowed', 1],
      ['a token', 'getAccessToken', 0],
      ['a code', 'getAuthCode', 0],
    ] as const
  ).map(([what, name, at]): Mutant => ({
    name: `${name}() of a 2.4 model converts ${what} to a string`,
    caughtBy: 'inject.operator',
    breaksModel: (model) => ({
      [name]: withArguments(model[name], (...args: unknown[]) =>
        args.with(at, Array.isArray(args[at]) ? String(args[at]) : args[at]),
      ),
    }),
  })),
  {
    name: 'getUser() of a 2.4 model reads an object as an operator on the password',
    caughtBy: 'inject.operator',
    breaksModel: ({ getUser }, { users }) => ({
      getUser: changed(getUser, (user: unknown, name: string, password: unknown) =>
        typeof password === 'object' && password && '$ne' in password
          ? { id: users.get(name)?.id }
          : user,
      ),
    }),
  },
  {
    name: 'getUser() of a 2.4 model checks no password that is undefined',
    caughtBy: 'inject.operator',
    breaksModel: ({ getUser }, { users }) => ({
      getUser: changed(getUser, (user: unknown, name: string, password: unknown) =>
        password === undefined && users.has(name) ? { id: users.get(name)?.id } : user,
      ),
    }),
  },
  {
    name: 'getAuthCode() of a 2.4 model reads a pattern',
    caughtBy: 'inject.pattern',
    breaksModel({ getAuthCode, saveAuthCode }) {
      const saved = new Set<string>()
      return {
        saveAuthCode(...args) {
          saved.add(args[0])
          saveAuthCode(...args)
        },
        getAuthCode: (code, callback) =>
          getAuthCode(
            [...saved].find((one) => code.endsWith('_') && one.startsWith(code.slice(0, -1))) ??
              code,
            callback,
          ),
      }
    },
  },
  {
    name: 'revokeRefreshToken() of a 2.4 model reads a pattern',
    caughtBy: 'inject.pattern',
    breaksModel: ({ revokeRefreshToken }, { refresh }) => ({
      revokeRefreshToken(token, callback) {
        if (token === '%') refresh.clear()
        revokeRefreshToken(token, callback)
      },
    }),
  },
  {
    name: 'getUser() of a 2.4 model puts the username into its query',
    caughtBy: 'inject.sql',
    breaksModel: ({ getUser }) => ({
      getUser: withArguments(getUser, (name: unknown, password: unknown) => [
        typeof name === 'string' ? name.replace(/'--$/, '') : name,
        password,
      ]),
    }),
  },
  ...(['AccessToken', 'AuthCode', 'RefreshToken'] as const).map((kind): Mutant => ({
    name: `get${kind}() of a 2.4 model returns the Date that was saved`,
    caughtBy: 'value.aliasing',
    breaksModel: (model) => {
      const dates = new Map<string, Date | null>()
      const [get, save] = [`get${kind}`, `save${kind}`] as const
      return {
        [save]: withArguments(model[save], (...args: [string, string, Date | null, unknown]) => {
          dates.set(args[0], args[2])
          return args
        }),
        [get]: changedHit(model[get], (found, token: string) => ({
          ...found,
          expires: dates.has(token) ? dates.get(token) : found.expires,
        })),
      }
    },
  })),
  {
    name: 'getRefreshToken() of a 2.4 model returns the same object each time',
    caughtBy: 'value.aliasing',
    breaksModel({ getRefreshToken }) {
      const kept = new Map<string, Found>()
      return {
        getRefreshToken: changedHit(getRefreshToken, (found, token: string) => {
          if (!kept.has(token)) kept.set(token, found)
          return kept.get(token)
        }),
      }
    },
  },
  {
    name: 'saveAccessToken() of a 2.4 model keeps the user object',
    caughtBy: 'value.aliasing',
    breaksModel({ saveAccessToken, getAccessToken }) {
      const users = new Map<string, unknown>()
      return {
        saveAccessToken: withArguments(saveAccessToken, (...args: [string, ...unknown[]]) => {
          users.set(args[0], args[3])
          return args
        }),
        getAccessToken: changedHit(getAccessToken, (found, token: string) =>
          users.has(token) ? { ...found, user: users.get(token) } : found,
        ),
      }
    },
  },
  {
    name: 'saveAuthCode() of a 2.4 model changes the Date that it receives',
    caughtBy: 'value.aliasing',
    breaksModel: ({ saveAuthCode }) => ({
      saveAuthCode: withArguments(saveAuthCode, (...args: [string, string, Date, unknown]) => {
        const kept = new Date(args[2])
        args[2].setSeconds(args[2].getSeconds() + 7)
        return args.with(2, kept)
      }),
    }),
  },
]

function decoded(token: string): string {
  return Buffer.from(token, 'base64').toString('hex')
}

function numeric(token: string): string {
  return Number.isNaN(Number(token)) ? token : String(Number(token))
}

function crc32(text: string): number {
  let crc = -1
  for (const byte of Buffer.from(text)) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xed_b8_83_20 : 0)
  }
  return ~crc
}

function isJson(value: unknown): boolean {
  try {
    JSON.stringify(value)
    return true
  } catch {
    return false
  }
}

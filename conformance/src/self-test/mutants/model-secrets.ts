import { randomBytes } from 'node:crypto'
import { reversed } from '../../model/near'
import type { Mutant } from '../mutant'
import { digest } from '../../reference/model'
import { changed } from './model-answers'

interface GrantRequest {
  user: { id: string }
  body: { client_id: string; password: string }
}

/** Ways to generate tokens that can be guessed, or that are no tokens. */
const generators: readonly [
  what: string,
  make: (count: number, type: string, request: GrantRequest) => unknown,
][] = [
  ['the same token each time', () => digest('always')],
  [
    'the same code each time',
    (n, type) => (type === 'authorization_code' ? digest('x') : digest(`${n}`)),
  ],
  [
    'digits of Math.random()',
    () => Array.from({ length: 40 }, () => Math.floor(Math.random() * 16).toString(16)).join(''),
  ],
  ['a number', (n) => 10 ** 30 + n],
  ['16 characters', () => randomBytes(8).toString('hex')],
  ['a time and a number', (n) => `${Date.now()}-${n}-0000000000000000`],
  ['a counter', (n) => String(n).padStart(40, '0')],
  ['a constant with 64 random bits', () => `${digest('x')}${randomBytes(8).toString('hex')}`],
  ['digits that change little', () => String(Math.random()).padEnd(24, '0').slice(0, 24)],
  [
    'a hash of the user and the second',
    (_, type, { user }) => digest(`${user.id}${type}${Math.floor(Date.now() / 1000)}`),
  ],
  [
    'a token that contains the user',
    (_, __, { user }) => `${user.id}.${randomBytes(20).toString('hex')}`,
  ],
  [
    'a token that contains the client',
    (_, __, { body }) => `${body.client_id}.${randomBytes(20).toString('hex')}`,
  ],
  [
    'a token that contains the password',
    (_, __, { body }) =>
      `${Buffer.from(body.password).toString('base64')}.${randomBytes(20).toString('hex')}`,
  ],
  ['an object without the token', () => ({ token: randomBytes(20).toString('hex') })],
  [
    'an empty object for a refresh token',
    (n, type) => (type === 'refreshToken' ? {} : digest(`${n}`)),
  ],
  ['true', () => true],
  ['random bytes as text', () => randomBytes(40).toString('latin1')],
  ['a token that ends with a line break', () => `${randomBytes(20).toString('hex')}\n`],
]

/** Mutants of how a 2.4 model keeps secrets and generates tokens. */
export const modelSecretMutants: readonly Mutant[] = [
  {
    name: 'saveAccessToken() of a 2.4 model keeps the raw token',
    caughtBy: 'secret.at-rest',
    breaksModel: ({ saveAccessToken }, content) => ({
      saveAccessToken(token, clientId, expires, user, callback) {
        content.access.set(`raw:${token}`, { clientId, userId: null, expires: 0 })
        saveAccessToken(token, clientId, expires, user, callback)
      },
    }),
  },
  ...(
    [
      ['without its last digit', (token) => token.slice(0, -1)],
      ['in hex', (token) => Buffer.from(token).toString('hex')],
      ['in base64', (token) => Buffer.from(`token:${token}`).toString('base64')],
      ['backwards', (token) => reversed(token)],
      ['in upper case', (token) => token.toUpperCase()],
      ['as its bytes', (token) => Buffer.from(token, 'hex').toJSON().data.join(',')],
    ] as [string, (token: string) => string][]
  ).map(([how, form]): Mutant => ({
    name: `saveRefreshToken() of a 2.4 model keeps the token ${how}`,
    caughtBy: 'secret.at-rest',
    breaksModel: ({ saveRefreshToken }, content) => ({
      saveRefreshToken(token, ...rest) {
        content.refresh.set(`kept:${form(token)}`, { clientId: '', userId: null, expires: 0 })
        saveRefreshToken(token, ...rest)
      },
    }),
  })),
  {
    name: 'revokeRefreshToken() of a 2.4 model keeps a list of revoked tokens',
    caughtBy: 'secret.at-rest',
    breaksModel: ({ revokeRefreshToken }, content) => ({
      revokeRefreshToken(token, callback) {
        content.codes.set(`revoked:${token}`, { clientId: '', userId: null, expires: 0 })
        revokeRefreshToken(token, callback)
      },
    }),
  },
  {
    name: 'getClient() of a 2.4 model keeps the raw secret',
    caughtBy: 'secret.at-rest',
    breaksModel: ({ getClient }, { clients }) => ({
      getClient(id, secret, callback) {
        getClient(id, secret, (error, client) => {
          if (client && secret !== null) clients.set(`seen:${id}`, { secret })
          callback(error, client)
        })
      },
    }),
  },
  {
    name: 'getUser() of a 2.4 model keeps the raw password',
    caughtBy: 'secret.password',
    breaksModel: ({ getUser }, { users }) => ({
      getUser(username, password, callback) {
        getUser(username, password, (error, user) => {
          if (user) users.set(`seen:${username}`, { id: '', password })
          callback(error, user)
        })
      },
    }),
  },
  {
    name: 'getUser() of a 2.4 model keeps the password in base64',
    caughtBy: 'secret.password',
    breaksModel: ({ getUser }, { users }) => ({
      getUser(username, password, callback) {
        getUser(username, password, (error, user) => {
          const kept = Buffer.from(password).toString('base64')
          if (user) users.set(`seen:${username}`, { id: '', password: kept })
          callback(error, user)
        })
      },
    }),
  },
  ...generators.map(([what, make]): Mutant => ({
    name: `generateToken() of a 2.4 model returns ${what}`,
    caughtBy: 'secret.generated',
    breaksModel: () => {
      let count = 0
      return {
        generateToken: (type, request, callback) =>
          callback(null, make(count++, type, request as never) as never),
      }
    },
  })),
  {
    name: 'generateToken() of a 2.4 model returns one token for each request',
    caughtBy: 'secret.generated',
    breaksModel: ({ generateToken }) => {
      const made = new WeakMap<object, unknown>()
      return {
        generateToken: changed(generateToken, (token: string, _type: string, request: object) => {
          if (!made.has(request)) made.set(request, token)
          return made.get(request)
        }),
      }
    },
  },
  {
    name: 'generateToken() of a 2.4 model hashes the access token for the refresh token',
    caughtBy: 'secret.generated',
    breaksModel({ generateToken }) {
      let access = ''
      return {
        generateToken: changed(generateToken, (token: string, type: string) => {
          if (type === 'accessToken') access = token
          return type === 'refreshToken' ? digest(access) : token
        }),
      }
    },
  },
  {
    name: 'generateToken() of a 2.4 model issues the last token of the user again, for any client',
    caughtBy: 'secret.generated',
    breaksModel({ generateToken, saveAccessToken }) {
      const last = new Map<unknown, { token: string; expires: Date | null }>()
      return {
        saveAccessToken(token, clientId, expires, user, callback) {
          last.set((user as { id: unknown }).id, { token, expires })
          saveAccessToken(token, clientId, expires, user, callback)
        },
        generateToken: changed(generateToken, (token: string, type: string, request: unknown) => {
          const again = last.get((request as GrantRequest).user.id)
          const isValid = again && (again.expires?.getTime() ?? Infinity) > Date.now()
          return type === 'accessToken' && isValid ? { accessToken: again.token } : token
        }),
      }
    },
  },
  {
    name: 'generateToken() of a 2.4 model issues a revoked refresh token again',
    caughtBy: 'secret.generated',
    breaksModel({ generateToken, revokeRefreshToken }) {
      let last: string | undefined
      return {
        revokeRefreshToken(token, callback) {
          last = token
          revokeRefreshToken(token, callback)
        },
        generateToken: changed(generateToken, (token: string, type: string) =>
          type === 'refreshToken' && last !== undefined ? { refreshToken: last } : token,
        ),
      }
    },
  },
  {
    name: 'saveRefreshToken() of a 2.4 model does not accept what generateToken() makes',
    caughtBy: 'secret.generated',
    breaksModel: ({ generateToken, saveRefreshToken }) => ({
      generateToken: changed(generateToken, (token: string) => `rt_${token}`),
      saveRefreshToken(token, ...rest) {
        if (token.startsWith('rt_')) rest[3](new Error('No token'))
        else saveRefreshToken(token, ...rest)
      },
    }),
  },
  {
    name: 'generateToken() of a 2.4 model issues the last token of the client again, for any user',
    caughtBy: 'secret.generated',
    breaksModel({ generateToken, saveAccessToken }) {
      const last = new Map<string, string>()
      return {
        saveAccessToken(token, clientId, ...rest) {
          last.set(clientId, token)
          saveAccessToken(token, clientId, ...rest)
        },
        generateToken: changed(generateToken, (token: string, type: string, request: object) => {
          const { oauth } = request as { oauth: { client: { clientId: string } } }
          const again = last.get(oauth.client.clientId)
          return type === 'accessToken' && again ? { accessToken: again } : token
        }),
      }
    },
  },
  {
    name: 'generateToken() of a 2.4 model returns the same tokens in each instance',
    caughtBy: 'secret.generated',
    breaksModel: ({ generateToken }) => {
      let count = 0
      return { generateToken: changed(generateToken, () => digest(`seed ${count++}`)) }
    },
  },
]

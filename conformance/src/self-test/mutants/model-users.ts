import type { Mutant } from '../mutant'
import { seedOf } from '../../reference/model'
import { alsoTries, changed, changedHit, comparedAs, looseForms } from './model-answers'

/** Returns a part of a JWT. */
function read(part: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>
}

/** Mutants of the user functions of a 2.4 model. */
export const modelUserMutants: readonly Mutant[] = [
  ...looseForms.map(([how, form]): Mutant => ({
    name: `getUser() of a 2.4 model compares the password ${how}`,
    caughtBy: 'user.round-trip',
    breaksModel: ({ getUser }, content) => ({
      getUser: comparedAs(getUser, 1, () => [seedOf(content).user.password], form),
    }),
  })),
  ...looseForms
    .filter(([how]) => !/first|last|length|set/.test(how))
    .map(([how, form]): Mutant => ({
      name: `getUser() of a 2.4 model compares the username ${how}`,
      caughtBy: 'user.round-trip',
      breaksModel: ({ getUser }, { users }) => ({
        getUser: comparedAs(getUser, 0, () => users.keys(), form),
      }),
    })),
  {
    name: 'getUser() of a 2.4 model remembers the user of its first sign-in',
    caughtBy: 'user.round-trip',
    breaksModel({ getUser }) {
      let first: unknown
      return { getUser: changed(getUser, (user: unknown) => user && (first ??= user)) }
    },
  },
  {
    name: 'saveAccessToken() of a 2.4 model saves the token for the user who has signed in last',
    caughtBy: 'user.round-trip',
    breaksModel({ getUser, saveAccessToken }) {
      let last: unknown
      return {
        getUser: changed(getUser, (user: unknown) => {
          last = user ?? last
          return user
        }),
        saveAccessToken(token, clientId, expires, user, callback) {
          saveAccessToken(token, clientId, expires, last ?? user, callback)
        },
      }
    },
  },
  {
    name: 'getUser() of a 2.4 model accepts the password of any user',
    caughtBy: 'user.round-trip',
    breaksModel: ({ getUser }, content) => ({
      getUser: alsoTries(getUser, (name: string, password: unknown) => {
        const { user, otherUser } = seedOf(content)
        const both = [user, otherUser!]
        return both.some((one) => one.password === password)
          ? both.filter((one) => one.username === name).map((one) => [name, one.password])
          : []
      }),
    }),
  },
  {
    name: 'getUser() of a 2.4 model also finds a user by the id',
    caughtBy: 'user.round-trip',
    breaksModel: ({ getUser }, { users }) => ({
      getUser: alsoTries(getUser, (id: unknown, password: unknown) =>
        [...users].filter(([, user]) => user.id === id).map(([name]) => [name, password]),
      ),
    }),
  },
  {
    name: 'getUser() of a 2.4 model also accepts the username as the password',
    caughtBy: 'user.round-trip',
    breaksModel: ({ getUser }, content) => ({
      getUser: alsoTries(getUser, (name: unknown, password: unknown) =>
        name === password ? [[name, seedOf(content).user.password]] : [],
      ),
    }),
  },
  {
    name: 'getUser() of a 2.4 model accepts the stored hash as the password',
    caughtBy: 'user.round-trip',
    breaksModel: ({ getUser }, content) => ({
      getUser: alsoTries(getUser, (name: string, password: unknown) =>
        content.users.get(name)?.password === password
          ? [[name, seedOf(content).user.password]]
          : [],
      ),
    }),
  },
  {
    name: 'getUser() of a 2.4 model accepts the secret of a client as any password',
    caughtBy: 'user.round-trip',
    breaksModel: ({ getUser }, content) => ({
      getUser: alsoTries(getUser, (name: string, password: unknown) => {
        const { client, user } = seedOf(content)
        return password === client.secret ? [[name, user.password]] : []
      }),
    }),
  },
  {
    name: 'getUser() of a 2.4 model checks no password of a user who has signed in',
    caughtBy: 'user.round-trip',
    breaksModel({ getUser }) {
      const cache = new Map<string, unknown>()
      return {
        getUser: changed(getUser, (user: unknown, name: string) => {
          if (user) cache.set(name, user)
          return user ?? cache.get(name) ?? null
        }),
      }
    },
  },
  {
    name: 'getUser() of a 2.4 model remembers a wrong password',
    caughtBy: 'user.round-trip',
    breaksModel({ getUser }) {
      const missed = new Set<string>()
      return {
        getUser: changed(getUser, (user: unknown, name: string) => {
          if (!user) missed.add(name)
          return missed.has(name) ? null : user
        }),
      }
    },
  },
  {
    name: 'getUser() of a 2.4 model finds the user only once',
    caughtBy: 'user.round-trip',
    breaksModel({ getUser }) {
      let found = 0
      return { getUser: changedHit(getUser, (user) => (found++ % 2 === 0 ? user : null)) }
    },
  },
  {
    name: 'getUser() of a 2.4 model returns the username as the id',
    caughtBy: 'user.round-trip',
    breaksModel: ({ getUser }) => ({
      getUser: changedHit(getUser, (_user, name: string) => ({ id: name })),
    }),
  },
  {
    name: 'getUser() of a 2.4 model returns `true`',
    caughtBy: 'user.round-trip',
    breaksModel: ({ getUser }) => ({ getUser: changedHit(getUser, () => true) }),
  },
  {
    name: 'getUser() of a 2.4 model returns the same object each time',
    caughtBy: 'value.aliasing',
    breaksModel({ getUser }) {
      const kept = new Map<string, unknown>()
      return {
        getUser: changedHit(getUser, (user, name: string) => {
          if (!kept.has(name)) kept.set(name, user)
          return kept.get(name)
        }),
      }
    },
  },
  {
    name: 'extendedGrant() of a 2.4 model supports every grant type',
    caughtBy: 'user.extension',
    breaksModel: () => ({
      extendedGrant: (_grantType, _request, callback) => callback(null, true, null),
    }),
  },
  {
    name: 'extendedGrant() of a 2.4 model returns a user for an unknown grant type',
    caughtBy: 'user.extension',
    breaksModel: () => ({
      extendedGrant: (_grantType, _request, callback) => callback(null, false, { id: 7 }),
    }),
  },
  {
    name: 'extendedGrant() of a 2.4 model reports an error for an unknown grant type',
    caughtBy: 'user.extension',
    breaksModel: () => ({
      extendedGrant: (_grantType, _request, callback) => callback(new Error('Not supported')),
    }),
  },
  {
    name: 'extendedGrant() of a 2.4 model compares the start of the grant type',
    caughtBy: 'user.extension',
    breaksModel: () => ({
      extendedGrant: (grantType, _request, callback) =>
        callback(null, grantType.startsWith('urn:ietf:params:oauth:grant-type:'), null),
    }),
  },
  {
    name: 'extendedGrant() of a 2.4 model does not verify a JWT',
    caughtBy: 'user.extension',
    breaksModel: () => ({
      extendedGrant(grantType, request, callback) {
        const { assertion } = request['body'] as { assertion?: string }
        const payload = assertion?.split('.')[1]
        if (!payload || !grantType.endsWith(':jwt-bearer')) return callback(null, false)
        const { sub } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { sub: string }
        callback(null, true, { id: sub })
      },
    }),
  },
  {
    name: 'extendedGrant() of a 2.4 model checks the claims of a JWT, and not its signature',
    caughtBy: 'user.extension',
    breaksModel: ({ getClient }) => ({
      extendedGrant(grantType, request, callback) {
        const { assertion } = request['body'] as { assertion?: string }
        const [header, payload, signature] = assertion?.split('.') ?? []
        if (!header || !payload || !signature || !grantType.endsWith(':jwt-bearer'))
          return callback(null, false)
        const { sub, iss, exp, jti } = read(payload)
        const isFit = read(header)['alg'] !== 'none' && jti && Number(exp) * 1000 > Date.now()
        return getClient(String(iss), null, (_, client) =>
          callback(null, true, client && isFit ? { id: String(sub) } : null),
        )
      },
    }),
  },
  {
    name: 'extendedGrant() of a 2.4 model takes a SAML assertion without a signature',
    caughtBy: 'user.extension',
    breaksModel: () => ({
      extendedGrant(grantType, request, callback) {
        const { assertion = '' } = request['body'] as { assertion?: string }
        const xml = Buffer.from(assertion, 'base64url').toString()
        const id = /NameID>([^<]+)</.exec(xml)?.[1]
        callback(null, grantType.endsWith(':saml2-bearer'), id ? { id } : null)
      },
    }),
  },
  {
    name: 'extendedGrant() of a 2.4 model exchanges an access token that has expired',
    caughtBy: 'user.extension',
    breaksModel: ({ getAccessToken }) => ({
      extendedGrant(grantType, request, callback) {
        const { subject_token: token = '' } = request['body'] as { subject_token?: string }
        getAccessToken(token, (error, found) =>
          callback(error, grantType.endsWith(':token-exchange'), found && { id: found.userId }),
        )
      },
    }),
  },
  {
    name: 'extendedGrant() of a 2.4 model takes any value for a device code',
    caughtBy: 'user.extension',
    breaksModel: () => ({
      extendedGrant(grantType, request, callback) {
        if (!grantType.endsWith(':device_code')) return callback(null, false)
        callback(null, true, { id: (request['body'] as { device_code: string }).device_code })
      },
    }),
  },
  {
    name: 'extendedGrant() of a 2.4 model resolves with a user for every grant type',
    caughtBy: 'user.extension',
    breaksModel: () => ({ extendedGrant: async () => ({ id: 7 }) }),
  },
  {
    name: 'getUser() of a 2.4 model accepts a username and password of a client',
    caughtBy: 'user.round-trip',
    breaksModel: ({ getUser, getClient }) => ({
      getUser: (name, password, callback) =>
        getUser(name, password, (error, user) =>
          user
            ? callback(error, user)
            : getClient(name, password, (other, client) => callback(other, client && { id: name })),
        ),
    }),
  },
  {
    name: 'two simultaneous calls of getUser() of a 2.4 model share a variable',
    caughtBy: 'user.round-trip',
    breaksModel({ getUser }) {
      let last = ''
      return {
        getUser(username, password, callback) {
          last = password
          setImmediate(() => getUser(username, last, callback))
        },
      }
    },
  },
]

import type { Mutant } from '../mutant'

export const modelMutants: readonly Mutant[] = [
  {
    name: 'a 2.4 model calls back twice',
    caughtBy: 'shape.callback',
    breaksModel: ({ getAccessToken }) => ({
      getAccessToken(token, callback) {
        getAccessToken(token, (error, found) => {
          if (!found) callback(error, null)
          callback(error, found)
        })
      },
    }),
  },
  {
    name: 'a 2.4 model never calls back on a miss',
    caughtBy: 'shape.callback',
    also: ['*'],
    breaksModel: ({ getRefreshToken }) => ({
      getRefreshToken(token, callback) {
        getRefreshToken(token, (error, found) => {
          if (found) callback(error, found)
        })
      },
    }),
  },
  {
    name: 'a 2.4 model has one half of a grant',
    caughtBy: 'shape.methods',
    also: ['code.*', 'value.*', 'inject.*', 'expiry.*', 'shape.*'],
    breaksModel: () => ({ saveAuthCode: undefined }),
  },
  {
    name: 'a code forgets its client',
    caughtBy: 'code.find',
    also: ['value.*', 'inject.*', 'expiry.*'],
    breaksModel: ({ getAuthCode }) => ({
      getAuthCode(code, callback) {
        getAuthCode(code, (error, found) =>
          callback(error, found ? { ...found, clientId: undefined } : null),
        )
      },
    }),
  },
  {
    name: 'a refresh token forgets its user',
    caughtBy: 'refresh.find',
    also: ['value.*', 'inject.*', 'expiry.*', 'refresh.revoke'],
    breaksModel: ({ getRefreshToken }) => ({
      getRefreshToken(token, callback) {
        getRefreshToken(token, (error, found) =>
          callback(error, found ? { ...found, userId: undefined } : null),
        )
      },
    }),
  },
  {
    name: 'revoking a refresh token does nothing',
    caughtBy: 'refresh.revoke',
    breaksModel: () => ({ revokeRefreshToken: (_token, callback) => callback(null) }),
  },
  {
    name: 'empty secret accepted: it is not compared',
    caughtBy: 'client.secret',
    breaksModel: ({ getClient }) => ({
      getClient: (id, secret, callback) => getClient(id, secret === '' ? null : secret, callback),
    }),
  },
  {
    name: 'unknown grant type allowed',
    caughtBy: 'client.grant',
    breaksModel: () => ({
      grantTypeAllowed: (_clientId, _grantType, callback) => callback(null, true),
    }),
  },
  {
    name: 'secret or token in a dump: raw tokens are kept',
    caughtBy: 'secret.at-rest',
    breaksModel: ({ saveAccessToken }, content) => ({
      saveAccessToken(token, clientId, expires, user, callback) {
        content.access.set(`raw:${token}`, { clientId, userId: null, expires: 0 })
        saveAccessToken(token, clientId, expires, user, callback)
      },
    }),
  },
  {
    name: 'password hash readable: it is the password',
    caughtBy: 'secret.password',
    breaksModel: ({ getUser }, content) => ({
      getUser(username, password, callback) {
        getUser(username, password, (error, user) => {
          if (user) content.users.set(`seen:${username}`, { id: '', password })
          callback(error, user)
        })
      },
    }),
    also: ['secret.at-rest'],
  },
  {
    name: 'an expiry is given back as text',
    caughtBy: 'shape.expires',
    also: ['*'],
    breaksModel: ({ getAccessToken }) => ({
      getAccessToken(token, callback) {
        getAccessToken(token, (error, found) => {
          const expires = found ? String(found.expires?.toISOString() ?? null) : null
          callback(error, found ? { ...found, expires: expires as never } : null)
        })
      },
    }),
  },
]

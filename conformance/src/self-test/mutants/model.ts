import type { Mutant } from '../mutant'

export const modelMutants: readonly Mutant[] = [
  {
    name: 'getAccessToken() of a 2.4 model calls its callback twice',
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
    name: 'getRefreshToken() of a 2.4 model never calls its callback on a miss',
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
    name: 'a 2.4 model has getAuthCode() without saveAuthCode()',
    caughtBy: 'shape.methods',
    also: ['code.*', 'value.*', 'inject.*', 'expiry.*', 'shape.*'],
    breaksModel: () => ({ saveAuthCode: undefined }),
  },
  {
    name: 'getAuthCode() of a 2.4 model returns no client',
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
    name: 'getRefreshToken() of a 2.4 model returns no user',
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
    name: 'revokeRefreshToken() of a 2.4 model does nothing',
    caughtBy: 'refresh.revoke',
    breaksModel: () => ({ revokeRefreshToken: (_token, callback) => callback(null) }),
  },
  {
    name: 'getClient() of a 2.4 model accepts an empty secret: it is not compared',
    caughtBy: 'client.secret',
    breaksModel: ({ getClient }) => ({
      getClient: (id, secret, callback) => getClient(id, secret === '' ? null : secret, callback),
    }),
  },
  {
    name: 'grantTypeAllowed() of a 2.4 model allows an unknown grant type',
    caughtBy: 'client.grant',
    breaksModel: () => ({
      grantTypeAllowed: (_clientId, _grantType, callback) => callback(null, true),
    }),
  },
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
  {
    name: 'getUser() of a 2.4 model keeps the raw password',
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
    name: 'getAccessToken() of a 2.4 model returns the expiry as a string',
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

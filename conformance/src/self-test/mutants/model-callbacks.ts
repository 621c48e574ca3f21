import type { Mutant } from '../mutant'
import { type Found, settled } from './model-answers'

/** Mutants of how a 2.4 model settles. */
export const modelCallbackMutants: readonly Mutant[] = [
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
    name: 'getRefreshToken() of a 2.4 model calls back again after a time limit',
    caughtBy: 'shape.callback',
    breaksModel: ({ getRefreshToken }) => ({
      getRefreshToken: settled(getRefreshToken, (callback, error, found) => {
        setTimeout(callback, 5000, new Error('Timed out')).unref()
        callback(error, found)
      }),
    }),
  },
  {
    name: 'getAuthCode() of a 2.4 model calls its callback twice on a hit',
    caughtBy: 'shape.callback',
    breaksModel: ({ getAuthCode }) => ({
      getAuthCode: settled(getAuthCode, (callback, error, found) => {
        if (found) callback(error, found)
        callback(error, found ?? null)
      }),
    }),
  },
  {
    name: 'getClient() of a 2.4 model calls its callback again after a wrong secret',
    caughtBy: 'shape.callback',
    breaksModel: ({ getClient }) => ({
      getClient: settled(getClient, (callback, error, found, [, secret]) => {
        callback(error, found ?? null)
        if (!found && secret) setTimeout(callback, 20, error, null)
      }),
    }),
  },
  {
    name: 'getUser() of a 2.4 model calls its callback again after a wrong password',
    caughtBy: 'shape.callback',
    breaksModel: ({ getUser }) => ({
      getUser: settled(getUser, (callback, error, found) => {
        if (!found) callback(null, false)
        callback(error, found)
      }),
    }),
  },
  {
    name: 'grantTypeAllowed() of a 2.4 model calls its callback twice if it refuses',
    caughtBy: 'shape.callback',
    breaksModel: ({ grantTypeAllowed }) => ({
      grantTypeAllowed: settled(grantTypeAllowed, (callback, error, allowed) => {
        if (!allowed) callback(null, false)
        callback(error, allowed)
      }),
    }),
  },
  {
    name: 'saveRefreshToken() of a 2.4 model throws after its callback',
    caughtBy: 'shape.callback',
    breaksModel: ({ saveRefreshToken }) => ({
      saveRefreshToken(...args) {
        saveRefreshToken(...args)
        throw new Error('After the callback')
      },
    }),
  },
  {
    name: 'saveAccessToken() of a 2.4 model calls back, and its promise rejects',
    caughtBy: 'shape.callback',
    breaksModel: ({ saveAccessToken }) => ({
      async saveAccessToken(...args) {
        saveAccessToken(...args)
        throw new Error('After the callback')
      },
    }),
  },
  {
    name: 'getRefreshToken() of a 2.4 model calls back and resolves with the token',
    caughtBy: 'shape.callback',
    breaksModel: ({ getRefreshToken }) => ({
      getRefreshToken: settled(getRefreshToken, (callback, error, found) => {
        callback(error, found)
        return Promise.resolve(found)
      }),
    }),
  },
  {
    name: 'revokeRefreshToken() of a 2.4 model calls its callback twice for an unknown token',
    caughtBy: 'shape.callback',
    breaksModel: ({ revokeRefreshToken, getRefreshToken }) => ({
      revokeRefreshToken(token, callback) {
        getRefreshToken(token, (_, found) => {
          if (!found) callback(null)
          revokeRefreshToken(token, callback)
        })
      },
    }),
  },
  {
    name: 'getUserFromClient() of a 2.4 model calls its callback twice',
    caughtBy: 'shape.callback',
    breaksModel: ({ getUserFromClient }) => ({
      getUserFromClient: settled(getUserFromClient, (callback, error, user) => {
        callback(error, user)
        callback(error, user)
      }),
    }),
  },
  {
    name: 'generateToken() of a 2.4 model calls its callback twice for a refresh token',
    caughtBy: 'shape.callback',
    breaksModel: ({ generateToken }) => ({
      generateToken: settled(generateToken, (callback, error, token, [type]) => {
        callback(error, token)
        if (type === 'refreshToken') callback(error, token)
      }),
    }),
  },
  {
    name: 'extendedGrant() of a 2.4 model calls its callback twice',
    caughtBy: 'shape.callback',
    breaksModel: () => ({
      extendedGrant(_grantType, _request, callback) {
        callback(null, false)
        callback(null, false)
      },
    }),
  },
  {
    name: 'getAccessToken() of a 2.4 model reports an error for what is not a string, and calls back again',
    caughtBy: 'shape.callback',
    breaksModel: ({ getAccessToken }) => ({
      getAccessToken(token, callback) {
        if (typeof token !== 'string') callback(new TypeError('Not a string'))
        getAccessToken(token, callback)
      },
    }),
  },
  {
    name: 'getAccessToken() of a 2.4 model calls its callback twice for an expired token',
    caughtBy: 'shape.callback',
    breaksModel: ({ getAccessToken }) => ({
      getAccessToken: settled(getAccessToken, (callback, error, found) => {
        if (Number((found as Found | null)?.expires ?? Infinity) < Date.now()) callback(null, null)
        callback(error, found)
      }),
    }),
  },
  {
    name: 'saveAccessToken() of a 2.4 model refuses an unknown client, and calls back again',
    caughtBy: 'shape.callback',
    breaksModel: ({ saveAccessToken }, { clients }) => ({
      saveAccessToken(token, clientId, expires, user, callback) {
        if (!clients.has(clientId)) callback(new Error('No such client'))
        saveAccessToken(token, clientId, expires, user, callback)
      },
    }),
  },
  {
    name: 'getRefreshToken() of a 2.4 model never calls its callback on a miss',
    caughtBy: 'shape.callback',
    breaksModel: ({ getRefreshToken }) => ({
      getRefreshToken(token, callback) {
        getRefreshToken(token, (error, found) => {
          if (found) callback(error, found)
        })
      },
    }),
  },
  {
    name: 'getClient() of a 2.4 model never calls its callback for a wrong secret',
    caughtBy: 'shape.callback',
    breaksModel: ({ getClient }) => ({
      getClient: settled(getClient, (callback, error, found, [, secret]) => {
        if (found || secret === null) callback(error, found)
      }),
    }),
  },
  {
    name: 'revokeRefreshToken() of a 2.4 model never calls its callback',
    caughtBy: 'shape.callback',
    breaksModel: () => ({ revokeRefreshToken: () => {} }),
  },
  {
    name: 'generateToken() of a 2.4 model never calls its callback for a code',
    caughtBy: 'shape.callback',
    breaksModel: ({ generateToken }) => ({
      generateToken(type, request, callback) {
        if (type !== 'authorization_code') generateToken(type, request, callback)
      },
    }),
  },
  {
    name: 'extendedGrant() of a 2.4 model never calls its callback for an unknown type',
    caughtBy: 'shape.callback',
    breaksModel: () => ({ extendedGrant: () => {} }),
  },
  {
    name: 'getUser() of a 2.4 model passes the user as the error',
    caughtBy: 'user.round-trip',
    breaksModel: ({ getUser }) => ({
      getUser: settled(getUser, (callback, _error, user) => callback(user, null)),
    }),
  },
  {
    name: 'saveAuthCode() of a 2.4 model passes the code as the error',
    caughtBy: 'code.find',
    breaksModel: ({ saveAuthCode }) => ({
      saveAuthCode: settled(saveAuthCode, (callback, _error, _result, [code]) => callback(code)),
    }),
  },
  {
    name: 'getAccessToken() of a 2.4 model reports an error on a miss',
    caughtBy: 'shape.miss',
    breaksModel: ({ getAccessToken }) => ({
      getAccessToken: settled(getAccessToken, (callback, error, found) =>
        callback(found ? error : new Error('No such token'), found),
      ),
    }),
  },
  {
    name: 'getClient() of a 2.4 model reports an error for a wrong secret',
    caughtBy: 'client.secret',
    breaksModel: ({ getClient }) => ({
      getClient: settled(getClient, (callback, error, found, [, secret]) =>
        callback(found || secret === null ? error : new Error('Wrong secret'), found),
      ),
    }),
  },
  {
    name: 'getUser() of a 2.4 model returns an empty object for an unknown username',
    caughtBy: 'shape.miss',
    breaksModel: ({ getUser }, { users }) => ({
      getUser: settled(getUser, (callback, error, user, [username]) =>
        callback(error, users.has(username as string) ? user : {}),
      ),
    }),
  },
  {
    name: 'getAuthCode() of a 2.4 model returns an empty list on a miss',
    caughtBy: 'shape.miss',
    breaksModel: ({ getAuthCode }) => ({
      getAuthCode: settled(getAuthCode, (callback, error, found) => callback(error, found ?? [])),
    }),
  },
  {
    name: 'a 2.4 model has getAuthCode() without saveAuthCode()',
    caughtBy: 'shape.methods',
    breaksModel: () => ({ saveAuthCode: undefined }),
  },
]

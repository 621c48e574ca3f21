'use strict'

const { inspect } = require('node:util')

// A model over maps, of the shape of an example for the authorization code grant. It checks a secret
// only if there is one, returns the objects that it keeps, drops the PKCE challenge, revokes the
// access token in place of the refresh token, and splits a scope that is a list.

const clients = []
const users = []
const tables = { access: new Map(), refresh: new Map(), codes: new Map() }
const scopes = ['read', 'write']

const model = {
  async getClient(id, secret) {
    return clients.find((one) => one.id === id && (!secret || one.secret === secret))
  },
  async getUser(username, password) {
    return users.find((one) => one.username === username && one.password === password)
  },
  async validateScope(user, client, scope) {
    if (scope === undefined) return ['read']
    if (typeof scope === 'string') return scopes.includes(scope) ? [scope] : false
    return scope.every((one) => scopes.includes(one)) ? scope : false
  },
  async verifyScope(token, scope) {
    const has = typeof token.scope === 'string' ? token.scope.split(' ') : token.scope
    return scope.split(' ').every((one) => has.includes(one))
  },

  async saveToken(token, client, user) {
    const saved = { ...token, client, user }
    tables.access.set(token.accessToken, saved)
    if (token.refreshToken) tables.refresh.set(token.refreshToken, saved)
    return saved
  },
  async getAccessToken(token) {
    return tables.access.get(token)
  },
  async getRefreshToken(token) {
    return tables.refresh.get(token)
  },
  async revokeToken(token) {
    return tables.access.delete(token.accessToken)
  },

  async saveAuthorizationCode(code, client, user) {
    const { authorizationCode, expiresAt, redirectUri, scope } = code
    const saved = { authorizationCode, expiresAt, redirectUri, scope, client, user }
    tables.codes.set(authorizationCode, saved)
    return saved
  },
  async getAuthorizationCode(code) {
    return tables.codes.get(code)
  },
  async revokeAuthorizationCode(code) {
    return tables.codes.delete(code.authorizationCode)
  },
}

exports.create = () => ({ model })

exports.seed = ({ client, otherClient, user, otherUser }) => {
  const grants = ['authorization_code', 'refresh_token', 'password']
  for (const { id, secret, redirectUri } of [client, otherClient])
    clients.push({ id, secret, grants, redirectUris: [redirectUri] })
  users.push(user, otherUser)
}

exports.raw = {
  dump: async () => inspect([clients, users, tables], { depth: 9, maxArrayLength: Infinity }),
}

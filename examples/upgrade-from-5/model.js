'use strict'

// A promise model of oauth2-server 5, as many programs have it: tables, and one function per query.

const clients = require('./clients')
const users = require('./users')

const codes = new Map()
const accessTokens = new Map()
const refreshTokens = new Map()

module.exports = {
  async getClient(clientId, clientSecret) {
    const client = clients.find(({ id }) => id === clientId)
    return client && (clientSecret === null || clientSecret === client.secret) ? client : null
  },

  async getUser(username, password) {
    return users.authenticate(username, password)
  },

  async getUserFromClient(client) {
    return { id: client.id }
  },

  async saveAuthorizationCode(code, client, user) {
    const saved = { ...code, client, user }
    codes.set(code.authorizationCode, saved)
    return saved
  },

  async getAuthorizationCode(authorizationCode) {
    return codes.get(authorizationCode)
  },

  async revokeAuthorizationCode({ authorizationCode }) {
    return codes.delete(authorizationCode)
  },

  async saveToken(token, client, user) {
    const saved = { ...token, client, user }
    accessTokens.set(token.accessToken, saved)
    if (token.refreshToken) refreshTokens.set(token.refreshToken, saved)
    return saved
  },

  async getAccessToken(accessToken) {
    return accessTokens.get(accessToken)
  },

  async getRefreshToken(refreshToken) {
    return refreshTokens.get(refreshToken)
  },

  async revokeToken({ refreshToken }) {
    return refreshTokens.delete(refreshToken)
  },

  async validateScope(user, client, scope = client.scopes) {
    return scope.every((one) => client.scopes.includes(one)) ? scope : false
  },

  async verifyScope(token, scope) {
    return scope.every((one) => token.scope.includes(one))
  },
}

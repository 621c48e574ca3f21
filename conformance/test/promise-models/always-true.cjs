'use strict'

const { createHash } = require('node:crypto')

// A class of a tutorial: its tokens are hashed, but revoking a code or token always returns true, and
// verifyScope() checks nothing.

const digest = (text) => createHash('sha256').update(text).digest('hex')

class TutorialModel {
  clients = new Map()
  users = new Map()
  accessTokens = new Map()
  refreshTokens = new Map()
  codes = new Map()

  async getClient(id, secret) {
    const client = this.clients.get(id)
    if (!client || (secret !== null && client.secret !== digest(secret))) return null
    return { id, grants: [...client.grants], redirectUris: [...client.redirectUris] }
  }

  async getUser(username, password) {
    const user = this.users.get(username)
    return user?.password === digest(password) ? { id: user.id } : null
  }

  async saveToken(token, client, user) {
    const { accessToken, refreshToken, accessTokenExpiresAt, refreshTokenExpiresAt, scope } = token
    const owner = { clientId: client.id, userId: user.id, scope: scope && [...scope] }
    const save = (table, text, expires) =>
      table.set(digest(text), { ...owner, expires: expires?.getTime() })
    save(this.accessTokens, accessToken, accessTokenExpiresAt)
    if (refreshToken) save(this.refreshTokens, refreshToken, refreshTokenExpiresAt)
    return { ...token, client: { id: client.id }, user: { id: user.id } }
  }

  async getAccessToken(accessToken) {
    const found = this.accessTokens.get(digest(accessToken))
    if (!found) return null
    return { accessToken, accessTokenExpiresAt: new Date(found.expires), ...this.owner(found) }
  }

  async getRefreshToken(refreshToken) {
    const found = this.refreshTokens.get(digest(refreshToken))
    if (!found) return null
    const { expires } = found
    const refreshTokenExpiresAt = expires === undefined ? undefined : new Date(expires)
    return { refreshToken, refreshTokenExpiresAt, ...this.owner(found) }
  }

  async revokeToken({ refreshToken }) {
    this.refreshTokens.delete(digest(refreshToken))
    return true
  }

  async saveAuthorizationCode(code, client, user) {
    const { authorizationCode, expiresAt, ...others } = code
    const owner = { clientId: client.id, userId: user.id }
    const saved = { ...structuredClone(others), ...owner, expires: expiresAt.getTime() }
    this.codes.set(digest(authorizationCode), saved)
    return { ...code, client: { id: client.id }, user: { id: user.id } }
  }

  async getAuthorizationCode(authorizationCode) {
    const found = this.codes.get(digest(authorizationCode))
    if (!found) return null
    const { redirectUri, codeChallenge, codeChallengeMethod } = found
    const members = { redirectUri, codeChallenge, codeChallengeMethod, ...this.owner(found) }
    return { authorizationCode, expiresAt: new Date(found.expires), ...members }
  }

  async revokeAuthorizationCode({ authorizationCode }) {
    try {
      this.codes.delete(digest(authorizationCode))
      return true
    } catch {
      return false
    }
  }

  async verifyScope() {
    return true
  }

  owner({ clientId, userId, scope }) {
    return { client: { id: clientId }, user: { id: userId }, scope: scope && [...scope] }
  }
}

const model = new TutorialModel()

exports.create = () => ({ model })

exports.seed = ({ client, otherClient, user, otherUser }) => {
  const grants = ['authorization_code', 'refresh_token', 'password']
  for (const { id, secret, redirectUri } of [client, otherClient])
    model.clients.set(id, { secret: digest(secret), redirectUris: [redirectUri], grants })
  for (const { id, username, password } of [user, otherUser])
    model.users.set(username, { id, password: digest(password) })
}

exports.raw = {
  dump: async () => JSON.stringify(Object.values(model).map((table) => [...table])),
}

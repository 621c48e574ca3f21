'use strict'

// A callback model of the 2.4 line, as many programs have it: tables, and one function per query.

const clients = [
  { id: 'album', secret: 'album-secret', redirectUri: 'http://127.0.0.1:4000/callback' },
]
const users = [{ id: '17', username: 'ada', password: 'engine' }]
const codes = new Map()
const accessTokens = new Map()
const refreshTokens = new Map()

const grants = ['authorization_code', 'password', 'refresh_token']

module.exports = {
  getClient(clientId, clientSecret, callback) {
    const client = clients.find(({ id }) => id === clientId)
    const right = client && (clientSecret === null || clientSecret === client.secret)
    callback(null, right ? { clientId, redirectUri: client.redirectUri } : null)
  },

  grantTypeAllowed(clientId, grantType, callback) {
    callback(null, grants.includes(grantType))
  },

  getUser(username, password, callback) {
    const user = users.find((one) => one.username === username && one.password === password)
    callback(null, user ? { id: user.id } : null)
  },

  saveAuthCode(code, clientId, expires, user, callback) {
    codes.set(code, { clientId, expires, user })
    callback()
  },

  getAuthCode(code, callback) {
    callback(null, codes.get(code))
  },

  saveAccessToken(token, clientId, expires, user, callback) {
    accessTokens.set(token, { clientId, expires, user })
    callback()
  },

  getAccessToken(token, callback) {
    callback(null, accessTokens.get(token))
  },

  saveRefreshToken(token, clientId, expires, user, callback) {
    refreshTokens.set(token, { clientId, expires, user })
    callback()
  },

  getRefreshToken(token, callback) {
    callback(null, refreshTokens.get(token))
  },
}

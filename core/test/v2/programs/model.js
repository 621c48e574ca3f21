'use strict'

// A simple model of the 2.4 line: arrays in memory, and results by callback.

var clients = [
  {
    clientId: 'album',
    clientSecret: 'album-secret',
    redirectUri: [
      'https://album.example/callback',
      'https://album.example/other?page=1',
      'https://album.example/日本/ü',
    ],
    grants: [
      'authorization_code',
      'password',
      'refresh_token',
      'client_credentials',
      'urn:album:card',
      'urn:album:nothing',
    ],
  },
  {
    clientId: 'printer',
    clientSecret: 'printer-secret',
    redirectUri: 'https://printer.example/callback',
    grants: ['authorization_code', 'urn:album:card'],
  },
]
var users = [{ id: 17, username: 'ada', password: 'engine' }]
var lastYear = new Date(Date.now() - 365 * 24 * 3600 * 1000)
var nextYear = new Date(Date.now() + 365 * 24 * 3600 * 1000)
var codes = [
  { code: 'expired-code', clientId: 'album', expires: lastYear, userId: 17 },
  { code: 'ownerless-code', clientId: 'album', expires: nextYear },
]
var accessTokens = [
  { token: 'expired-token', clientId: 'album', expires: lastYear, user: users[0] },
  { token: 'endless-token', clientId: 'album', expires: null, userId: 17 },
]
var refreshTokens = [
  { token: 'expired-refresh', clientId: 'album', expires: lastYear, user: users[0] },
  { token: 'endless-refresh', clientId: 'album', expires: null, userId: 17 },
]

function find(list, name, value, callback) {
  var found = list.filter(function (entry) {
    return entry[name] === value
  })[0]
  process.nextTick(function () {
    callback(null, found)
  })
}

module.exports = {
  users: users,

  getClient: function (clientId, clientSecret, callback) {
    if (clientId === 'broken') return callback(new Error('The table of clients is gone'))
    return find(clients, 'clientId', clientId, function (error, client) {
      if (client && clientSecret !== null && client.clientSecret !== clientSecret) client = null
      callback(error, client && { clientId: clientId, redirectUri: client.redirectUri })
    })
  },

  grantTypeAllowed: function (clientId, grantType, callback) {
    find(clients, 'clientId', clientId, function (error, client) {
      callback(error, client.grants.indexOf(grantType) !== -1)
    })
  },

  getUser: function (username, password, callback) {
    find(users, 'username', username, function (error, user) {
      callback(error, user && user.password === password && { id: user.id })
    })
  },

  getUserFromClient: function (clientId, clientSecret, callback) {
    callback(null, { id: 'client ' + clientId })
  },

  saveAuthCode: function (code, clientId, expires, user, callback) {
    codes.push({ code: code, clientId: clientId, expires: expires, user: user })
    callback()
  },

  getAuthCode: function (code, callback) {
    find(codes, 'code', code, callback)
  },

  saveAccessToken: function (token, clientId, expires, user, callback) {
    accessTokens.push({ token: token, clientId: clientId, expires: expires, user: user })
    callback()
  },

  getAccessToken: function (token, callback) {
    find(accessTokens, 'token', token, callback)
  },

  saveRefreshToken: function (token, clientId, expires, user, callback) {
    refreshTokens.push({ token: token, clientId: clientId, expires: expires, user: user })
    callback()
  },

  getRefreshToken: function (token, callback) {
    find(refreshTokens, 'token', token, callback)
  },

  revokeRefreshToken: function (token, callback) {
    refreshTokens = refreshTokens.filter(function (entry) {
      return entry.token !== token
    })
    callback()
  },

  extendedGrant: function (grantType, req, callback) {
    if (grantType !== 'urn:album:card') return callback(null, false)
    if (req.body.card === '4711') return callback(null, true, { id: 17 })
    if (req.body.card === 'blank') return callback(null, true)
    return callback({ error: 'invalid_grant', description: 'The card is blocked' })
  },
}

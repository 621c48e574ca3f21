'use strict'
const { existsSync, readFileSync, writeFileSync } = require('node:fs')

/**
 * A callback model of the 2.4 line that stores everything in one JSON file, as many programs do.
 * Its tokens are stored unhashed, because that contract passes them raw.
 */
module.exports = function jsonFileModel(file) {
  const empty = { clients: {}, users: {}, accessTokens: {}, codes: {}, refreshTokens: {} }

  function read() {
    return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : structuredClone(empty)
  }

  function change(work) {
    const content = read()
    work(content)
    writeFileSync(file, JSON.stringify(content, null, 2), { mode: 0o600 })
  }

  function find(table, token, callback) {
    const found = own(read()[table], token)
    callback(
      null,
      found && { ...found, expires: found.expires === null ? null : new Date(found.expires) },
    )
  }

  function save(table, token, clientId, expires, user, callback) {
    change((content) => {
      content[table][token] = { clientId, expires, userId: user.id }
    })
    callback(null)
  }

  return {
    getAccessToken: (token, callback) => find('accessTokens', token, callback),
    getAuthCode: (code, callback) => find('codes', code, callback),
    getRefreshToken: (token, callback) => find('refreshTokens', token, callback),

    saveAccessToken: (...args) => save('accessTokens', ...args),
    saveAuthCode: (...args) => save('codes', ...args),
    saveRefreshToken: (...args) => save('refreshTokens', ...args),

    revokeRefreshToken(token, callback) {
      change(({ refreshTokens }) => {
        delete refreshTokens[token]
      })
      callback(null)
    },

    getClient(clientId, clientSecret, callback) {
      const client = own(read().clients, clientId)
      const right = client && (clientSecret === null || clientSecret === client.secret)
      callback(null, right ? { clientId, redirectUri: client.redirectUri } : null)
    },

    grantTypeAllowed(clientId, grantType, callback) {
      const client = own(read().clients, clientId)
      callback(null, Boolean(client?.grants.includes(grantType)))
    },

    getUser(username, password, callback) {
      const user = own(read().users, username)
      callback(null, user?.password === password ? { id: user.id } : null)
    },

    /** Not part of the contract: how this program registers its clients and users. */
    addClient(client) {
      change(({ clients }) => {
        clients[client.id] = client
      })
    },
    addUser(user) {
      change(({ users }) => {
        users[user.username] = user
      })
    },
  }
}

/**
 * Returns the entry with that key, but no inherited property such as `constructor`. An array is not
 * accepted as a key.
 */
function own(table, key) {
  return typeof key === 'string' && Object.hasOwn(table, key) ? table[key] : null
}

'use strict'
const { existsSync, readFileSync, writeFileSync } = require('node:fs')

/**
 * A model of the 2.4 line that keeps everything in one JSON file, with callbacks: the kind of model
 * that many programs have. Its tokens stand there as they are, since that contract hands them over raw.
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

    /** Not of the contract: how this program makes its clients and users. */
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

/** What a table has under that text itself, and not by `constructor` or by an array of one text. */
function own(table, key) {
  return typeof key === 'string' && Object.hasOwn(table, key) ? table[key] : null
}

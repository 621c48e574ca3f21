'use strict'

const { randomUUID } = require('node:crypto')

// A model over documents and queries, as object mappers have them: the clients have an "_id" and a
// "clientId", errors are only logged, every scope is '*', and the revocation of a code looks for a
// member that a code does not have.

/** A query that runs once it is awaited. */
class Query {
  constructor(run) {
    this.run = run
  }

  lean() {
    return new Query(this.run)
  }

  /**
   * @param {(value: any) => any} done
   * @param {(error: any) => any} [failed]
   */
  // oxlint-disable-next-line unicorn/no-thenable -- the queries of object mappers are such objects
  then(done, failed) {
    return new Promise((resolve) => setImmediate(resolve)).then(this.run).then(done, failed)
  }

  catch(callback) {
    return this.then(undefined, callback)
  }
}

class Collection {
  documents = []

  matching(filter) {
    // As a driver that ignores undefined members.
    const wanted = Object.entries(filter).filter(([, value]) => value !== undefined)
    return (one) => wanted.every(([name, value]) => one[name] === value)
  }

  findOne(filter) {
    return new Query(() => structuredClone(this.documents.find(this.matching(filter)) ?? null))
  }

  findOneAndDelete(filter) {
    return new Query(() => {
      const at = this.documents.findIndex(this.matching(filter))
      return at === -1 ? null : this.documents.splice(at, 1)[0]
    })
  }

  async create(members) {
    const document = { _id: randomUUID(), ...structuredClone(members) }
    this.documents.push(document)
    return document
  }
}

const db = {
  clients: new Collection(),
  users: new Collection(),
  accessTokens: new Collection(),
  refreshTokens: new Collection(),
  codes: new Collection(),
}

const log = []
const logged = ({ message }) => void log.push(message)
const populate = async (found) => {
  if (!found) return false
  const [client, user] = await Promise.all([
    db.clients.findOne({ _id: found.client }).lean(),
    db.users.findOne({ _id: found.user }).lean(),
  ])
  return { ...found, client: client && { ...client, id: client.clientId }, user }
}

const model = {
  getClient(clientId, clientSecret) {
    const filter = clientSecret ? { clientId, clientSecret } : { clientId }
    return db.clients
      .findOne(filter)
      .lean()
      .then((client) => client && { ...client, id: client.clientId })
      .catch(logged)
  },
  getUser(username, password) {
    return db.users.findOne({ username, password }).lean().catch(logged)
  },
  getUserFromClient(client) {
    return db.users.findOne({ _id: client.user }).lean().catch(logged)
  },

  saveToken(token, client, user) {
    const { accessToken, accessTokenExpiresAt, refreshToken, refreshTokenExpiresAt, scope } = token
    const owner = { client: client._id, user: user._id, scope }
    return Promise.all([
      db.accessTokens.create({ accessToken, accessTokenExpiresAt, ...owner }),
      refreshToken && db.refreshTokens.create({ refreshToken, refreshTokenExpiresAt, ...owner }),
    ])
      .then(() => ({ ...token, client, user }))
      .catch(logged)
  },
  getAccessToken(accessToken) {
    return db.accessTokens.findOne({ accessToken }).lean().then(populate).catch(logged)
  },
  getRefreshToken(refreshToken) {
    return db.refreshTokens.findOne({ refreshToken }).lean().then(populate).catch(logged)
  },
  revokeToken({ refreshToken }) {
    return db.refreshTokens.findOneAndDelete({ refreshToken }).then(Boolean).catch(logged)
  },

  saveAuthorizationCode(code, client, user) {
    const { authorizationCode, expiresAt, scope } = code
    const owner = { client: client._id, user: user._id, scope }
    return db.codes
      .create({ code: authorizationCode, expiresAt, ...owner })
      .then(() => ({ authorizationCode, expiresAt }))
      .catch(logged)
  },
  getAuthorizationCode(code) {
    return db.codes
      .findOne({ code })
      .lean()
      .then(populate)
      .then((found) => found && { ...found, authorizationCode: found.code })
      .catch(logged)
  },
  revokeAuthorizationCode({ code_ }) {
    return db.codes.findOneAndDelete({ code: code_ }).then(Boolean).catch(logged)
  },

  validateScope: () => '*',
  verifyScope: () => true,
}

exports.create = () => ({ model })

exports.seed = async ({ client, otherClient, user, otherUser }) => {
  const ids = []
  for (const { username, password } of [user, otherUser])
    ids.push((await db.users.create({ username, password }))._id)
  const grants = ['authorization_code', 'refresh_token', 'password', 'client_credentials']
  for (const { id, secret, redirectUri } of [client, otherClient])
    await db.clients.create({
      clientId: id,
      clientSecret: secret,
      redirectUris: [redirectUri],
      grants,
      user: ids[0],
    })
  return { user: { id: ids[0] }, otherUser: { id: ids[1] } }
}

exports.raw = {
  dump: async () => JSON.stringify(Object.values(db).map(({ documents }) => documents)),
}

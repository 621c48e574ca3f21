'use strict'

// A model over arrays, of the shape of many first examples. Its clients have a "clientId" only, it
// compares plain secrets, and saveToken() returns nothing.

class ArrayModel {
  constructor() {
    this.clients = []
    this.users = []
    this.tokens = []
  }

  getAccessToken(accessToken) {
    const [found] = this.tokens.filter((one) => one.accessToken === accessToken)
    return found ?? false
  }

  getRefreshToken(refreshToken) {
    const [found] = this.tokens.filter((one) => one.refreshToken === refreshToken)
    return found ?? false
  }

  getClient(clientId, clientSecret) {
    const [found] = this.clients.filter(
      (one) => one.clientId === clientId && one.clientSecret === clientSecret,
    )
    return found ?? false
  }

  getUser(username, password) {
    const [found] = this.users.filter(
      (one) => one.username === username && one.password === password,
    )
    return found ?? false
  }

  saveToken(token, client, user) {
    this.tokens.push({
      accessToken: token.accessToken,
      accessTokenExpiresAt: token.accessTokenExpiresAt,
      refreshToken: token.refreshToken,
      refreshTokenExpiresAt: token.refreshTokenExpiresAt,
      clientId: client.clientId,
      userId: user.id,
    })
  }
}

const model = new ArrayModel()

exports.create = () => ({ model })

exports.seed = ({ client, otherClient, user, otherUser }) => {
  for (const { id, secret, redirectUri } of [client, otherClient])
    model.clients.push({ clientId: id, clientSecret: secret, redirectUris: [redirectUri] })
  for (const one of [user, otherUser]) model.users.push(one)
}

exports.raw = {
  dump: async () => JSON.stringify([model.clients, model.users, model.tokens]),
}

'use strict'

// A model over hashes of texts, as a Redis client has them: a hash that does not exist is an empty
// object, dates are read as texts, and access and refresh tokens share their keys.

const hashes = new Map()

const redis = {
  async hgetall(key) {
    return { ...hashes.get(key) }
  },
  async hset(key, members) {
    const texts = Object.entries(members).filter(([, value]) => value !== undefined)
    hashes.set(key, Object.fromEntries(texts.map(([name, value]) => [name, String(value)])))
  },
  async del(key) {
    return hashes.delete(key) ? 1 : 0
  },
}

const model = {
  async getClient(clientId, clientSecret) {
    const client = await redis.hgetall(`clients:${clientId}`)
    if (!client || client.secret !== clientSecret) return undefined
    return { id: client.id, redirectUris: [client.redirectUri], grants: client.grants }
  },
  async getUser(username, password) {
    const user = await redis.hgetall(`users:${username}`)
    return user && user.password === password ? { id: user.id } : undefined
  },

  async saveToken(token, client, user) {
    const { accessToken, accessTokenExpiresAt, refreshToken, refreshTokenExpiresAt } = token
    const owner = { clientId: client.id, userId: user.id }
    const data = {
      accessToken,
      accessTokenExpiresAt,
      refreshToken,
      refreshTokenExpiresAt,
      ...owner,
    }
    await redis.hset(`tokens:${accessToken}`, data)
    if (refreshToken) await redis.hset(`tokens:${refreshToken}`, data)
    return { ...token, client, user }
  },
  async getAccessToken(token) {
    return found(await redis.hgetall(`tokens:${token}`))
  },
  async getRefreshToken(token) {
    return found(await redis.hgetall(`tokens:${token}`))
  },
  async revokeToken(token) {
    return (await redis.del(`tokens:${token.refreshToken}`)) !== 0
  },
}

function found({ clientId, userId, ...token }) {
  return { ...token, client: { id: clientId }, user: { id: userId } }
}

exports.create = () => ({ model })

exports.seed = async ({ client, otherClient, user, otherUser }) => {
  for (const { id, secret, redirectUri } of [client, otherClient])
    await redis.hset(`clients:${id}`, { id, secret, redirectUri, grants: 'password,refresh_token' })
  for (const one of [user, otherUser]) await redis.hset(`users:${one.username}`, one)
}

exports.raw = { dump: async () => JSON.stringify([...hashes]) }

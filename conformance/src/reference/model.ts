import { createHash, randomBytes } from 'node:crypto'
import type { Callback, Model } from '@oauth2-kit/core'
import type { Fixtures } from '../types'

/** What a reference model stores. */
export interface ModelContent {
  clients: Map<string, { secret: string; redirectUri?: string | undefined }>
  users: Map<string, { id: string | number; password: string }>
  access: Map<string, SavedToken>
  codes: Map<string, SavedToken>
  refresh: Map<string, SavedToken>
}

/** A token as it is stored, under its hash. */
export interface SavedToken {
  clientId: string
  userId: unknown
  expires: number | null
}

export function newModelContent(): ModelContent {
  return {
    clients: new Map(),
    users: new Map(),
    access: new Map(),
    codes: new Map(),
    refresh: new Map(),
  }
}

/** The raw data of each seed, for mutants that compare it. It is not stored. */
const seeds = new WeakMap<ModelContent, Fixtures>()

/** Stores clients and a user where the model finds them. */
export function seedModel(content: ModelContent, data: Fixtures): void {
  const { clients, users } = content
  const { client, otherClient, user, otherUser } = data
  seeds.set(content, data)
  for (const { id, secret, redirectUri } of [client, otherClient])
    clients.set(id, { secret: digest(secret), redirectUri })
  for (const { username, id, password } of otherUser ? [user, otherUser] : [user])
    users.set(username, { id, password: digest(password) })
}

/** Returns the data that was seeded. Throws a TypeError before `seed` is called. */
export function seedOf(content: ModelContent): Fixtures {
  const found = seeds.get(content)
  if (!found) throw new TypeError('The reference model has no data yet')
  return found
}

const grantTypes = ['password', 'client_credentials', 'refresh_token', 'authorization_code']

/** Returns a 2.4 model in memory that stores only hashes and answers through callbacks. */
export function referenceModel({
  clients,
  users,
  access,
  codes,
  refresh,
}: ModelContent): Required<Model> {
  return {
    getAccessToken: finder(access),
    getAuthCode: finder(codes),
    getRefreshToken: finder(refresh),
    saveAccessToken: saver(access),
    saveAuthCode: saver(codes),
    saveRefreshToken: saver(refresh),

    getClient(clientId, clientSecret, callback) {
      const client = clients.get(clientId)
      const right = client && (clientSecret === null || digest(clientSecret) === client.secret)
      callback(null, right ? { clientId, redirectUri: client.redirectUri ?? [] } : null)
    },
    grantTypeAllowed(clientId, grantType, callback) {
      callback(null, clients.has(clientId) && grantTypes.includes(grantType))
    },
    revokeRefreshToken(token, callback) {
      refresh.delete(digest(token))
      callback(null)
    },
    getUser(username, password, callback) {
      const user = users.get(username)
      callback(null, user?.password === digest(password) ? { id: user.id } : null)
    },
    getUserFromClient(clientId, clientSecret, callback) {
      const isRight = clients.get(clientId)?.secret === digest(clientSecret)
      callback(null, isRight ? { id: `service-of-${clientId}` } : null)
    },
    generateToken(_type, _request, callback) {
      callback(null, randomBytes(20).toString('hex'))
    },
    extendedGrant(_grantType, _request, callback) {
      callback(null, false)
    },
  }
}

function finder(tokens: Map<string, SavedToken>) {
  return (token: string, callback: Callback<never>) => {
    const found = tokens.get(digest(token))
    const expires =
      found?.expires === undefined || found.expires === null ? null : new Date(found.expires)
    const answer = found && { clientId: found.clientId, userId: found.userId, expires }
    callback(null, (answer ?? null) as never)
  }
}

function saver(tokens: Map<string, SavedToken>) {
  return (
    token: string,
    clientId: string,
    expires: Date | null,
    user: unknown,
    callback: Callback<void>,
  ) => {
    const { id } = user as { id: unknown }
    tokens.set(digest(token), { clientId, userId: id, expires: expires && expires.getTime() })
    callback(null)
  }
}

/**
 * Returns the hash of a string, or an empty string for any other value, so that it is never found.
 */
export function digest(text: string): string {
  return typeof text === 'string' ? createHash('sha256').update(text).digest('hex') : ''
}

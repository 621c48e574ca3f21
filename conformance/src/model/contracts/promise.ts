import { Failure, show } from '../../expect'
import type { AnyModel, Calls, ModelContract, Operation } from './contract'
import { hasFunction, mutual } from './functions'
import { member, originalOf, viewOf } from './view'

/**
 * The functions of a promise model that carry out each operation of 2.4. `extendedGrant` has none:
 * versions 3 to 5 take classes for further grant types.
 */
const functions: Readonly<Record<Operation, readonly string[]>> = {
  getAccessToken: ['getAccessToken'],
  getClient: ['getClient'],
  grantTypeAllowed: ['getClient'],
  saveAccessToken: ['saveToken'],
  getAuthCode: ['getAuthorizationCode'],
  saveAuthCode: ['saveAuthorizationCode'],
  getUser: ['getUser'],
  saveRefreshToken: ['saveToken', 'getRefreshToken'],
  getRefreshToken: ['getRefreshToken'],
  revokeRefreshToken: ['revokeToken', 'getRefreshToken'],
  extendedGrant: [],
  getUserFromClient: ['getUserFromClient'],
  // Each type of token has its own function, of which a model may have any.
  generateToken: ['generateAccessToken'],
}

/** The functions that make each type of token in 2.4. */
const generators: Readonly<Record<string, string>> = {
  accessToken: 'generateAccessToken',
  refreshToken: 'generateRefreshToken',
  authorization_code: 'generateAuthorizationCode',
}

/** The function that revokes what each look-up finds. */
export const revokers: Readonly<Partial<Record<Operation, string>>> = {
  getAuthCode: 'revokeAuthorizationCode',
  getRefreshToken: 'revokeToken',
}

const expiryMembers: Readonly<Partial<Record<Operation, string>>> = {
  getAccessToken: 'accessTokenExpiresAt',
  getAuthCode: 'expiresAt',
  getRefreshToken: 'refreshTokenExpiresAt',
}

/** Every grant type of the server, for a client that the model does not know. */
const grants = ['authorization_code', 'client_credentials', 'password', 'refresh_token']

/** The contract of `oauth2-server` 3 and of `@node-oauth/oauth2-server` 4 and 5. */
export const promiseContract: ModelContract = {
  name: 'promise',
  title: 'promise model',
  kind: 'a promise model, for oauth2-server 3 to 5',
  inWords: 'the contract of promise models',
  lacks: "has no grants to revoke, can't repeat a lost response, and receives tokens unhashed",
  callbacks: false,
  ownersExist: true,
  neverExpires: false,
  needed: [
    {
      purpose: 'every grant type',
      sign: null,
      functions: ['getAccessToken', 'getClient', 'saveToken'],
    },
    ...mutual('the grant type authorization_code', [
      'getAuthorizationCode',
      'saveAuthorizationCode',
      'revokeAuthorizationCode',
    ]),
    ...mutual('the grant type refresh_token', ['getRefreshToken', 'revokeToken']),
  ],
  functionsOf: (operation) => functions[operation],
  has: (model, operation) =>
    operation === 'generateToken'
      ? Object.values(generators).some((name) => hasFunction(model, name))
      : functions[operation].length > 0 &&
        functions[operation].every((name) => hasFunction(model, name)),
  titleOf(operation, tokenType = '') {
    if (operation === 'grantTypeAllowed') return '"grants" of getClient()'
    if (operation === 'generateToken') return `${generators[tokenType] ?? 'generateAccessToken'}()`
    return `${functions[operation][0]}()`
  },
  memberOf(operation, name) {
    if (name === 'expires') return expiryMembers[operation] ?? name
    return name === 'clientId' ? (operation === 'getClient' ? 'id' : 'client.id') : 'redirectUris'
  },
  userOf,
  ask: (calls, operation, args) => asks[operation](calls, args as never),
  async isRevoked(calls, operation, found) {
    const revoker = revokers[operation]
    return revoker !== undefined && !(await calls.call(revoker, originalOf(found)))
  },
}

type Ask = (calls: Calls, args: readonly [never, never, never, never]) => Promise<unknown>

const asks: Readonly<Record<Operation, Ask>> = {
  getAccessToken: finds('getAccessToken'),
  getAuthCode: finds('getAuthCode'),
  getRefreshToken: finds('getRefreshToken'),

  async getClient(calls, [id, secret]) {
    const found = await orRefusal(calls.call('getClient', id, secret))
    if (typeof found !== 'object' || found === null) return found
    return viewOf(found, {
      clientId: member(found, 'id'),
      redirectUri: member(found, 'redirectUris'),
    })
  },

  async grantTypeAllowed(calls, [id, grantType]) {
    const found = await orRefusal(calls.call('getClient', id, null))
    if (!found) return false
    const { grants: allowed } = found as { grants?: unknown }
    if (!Array.isArray(allowed))
      throw new Failure(`"grants" of getClient() is ${show(allowed)}, which is not an array`)
    // The server calls it on the array that the model returns.
    return allowed.includes(grantType)
  },

  async saveAccessToken(calls, [token, clientId, expires, user]) {
    const { model } = calls
    // A client that acts for itself gets an access token alone; every other grant type, both. The
    // saves of a case take turns.
    const isOfClient = hasFunction(model, 'getUserFromClient') && calls.nextSave() % 2 === 1
    const isAlone = isOfClient || !hasFunction(model, 'getRefreshToken')
    return save(calls, clientId, user, {
      accessToken: token,
      accessTokenExpiresAt: expires,
      ...(!isAlone && {
        refreshToken: `${String(token)}r`,
        refreshTokenExpiresAt: new Date(Date.now() + 14 * 86_400_000),
      }),
      scope: undefined,
    })
  },

  saveRefreshToken: (calls, [token, clientId, expires, user]) =>
    save(calls, clientId, user, {
      accessToken: `${String(token)}a`,
      accessTokenExpiresAt: new Date(Date.now() + 3_600_000),
      refreshToken: token,
      refreshTokenExpiresAt: expires,
      scope: undefined,
    }),

  async saveAuthCode(calls, [code, clientId, expires, user]) {
    const { redirectUri } = calls.fixtures.client
    const data = { authorizationCode: code, expiresAt: expires, redirectUri, scope: undefined }
    const client = await clientOf(calls, clientId)
    return calls.call('saveAuthorizationCode', data, client, await userOf(calls, user))
  },

  /** Does what the server does: it passes what it has found. */
  async revokeRefreshToken(calls, [token]) {
    const found = await orRefusal(calls.call('getRefreshToken', token))
    return found ? calls.call('revokeToken', found) : false
  },

  async getUser(calls, [username, password]) {
    const client = await clientOf(calls, calls.fixtures.client.id)
    return withId(await orRefusal(calls.call('getUser', username, password, client)))
  },

  async getUserFromClient(calls, [id, secret]) {
    const client = await authenticated(calls, id, secret)
    return client ? withId(await orRefusal(calls.call('getUserFromClient', client))) : null
  },

  async generateToken(calls, [type]) {
    const name = generators[type] ?? ''
    if (!hasFunction(calls.model, name)) return undefined
    const { client, user } = calls.fixtures
    const token = await calls.call(name, await clientOf(calls, client.id), { id: user.id }, [])
    if (typeof token === 'string' && token !== '') return token
    throw new Failure(`${name}() returned ${show(token)}, which is not a token`)
  },

  extendedGrant: async () => null,
}

/** Looks up a code or token. Resolves with it as 2.4 names its members. */
function finds(operation: 'getAccessToken' | 'getAuthCode' | 'getRefreshToken'): Ask {
  return async (calls, [token]) => {
    const found = await orRefusal(calls.call(functions[operation][0]!, token))
    if (typeof found !== 'object' || found === null) return found
    const { client, user } = found as { client?: object; user?: unknown }
    const texts = client ? await textsOf(calls, Reflect.get(client, 'id')) : new Map()
    const [idOf, setId] = client ? member(client, 'id') : [() => undefined, () => {}]
    return viewOf(found, {
      expires: member(found, expiryMembers[operation]!),
      clientId: [() => texts.get(idOf()) ?? idOf(), setId],
      user: [() => withId(user), (value) => void Reflect.set(found, 'user', value)],
    })
  }
}

/**
 * Resolves with the clients of the fixtures by the "id" that getClient() returns for them. A model may
 * look clients up by one text and return another key, because the servers compare only these keys.
 */
async function textsOf(calls: Calls, id: unknown): Promise<ReadonlyMap<unknown, string>> {
  const { client, otherClient } = calls.fixtures
  const texts = [client.id, otherClient.id]
  if (texts.includes(id as string)) return new Map()
  const keys = await Promise.all(texts.map(async (text) => keyOf(calls, text).catch(() => text)))
  return new Map(keys.map((key, at) => [key, texts[at]!]))
}

/** Resolves with the "id" of a client as getClient() returned it first in this case. */
async function keyOf(calls: Calls, text: string): Promise<unknown> {
  await clientOf(calls, text)
  return calls.known.get(`key of ${text}`)
}

async function save(calls: Calls, clientId: string, user: object, token: object): Promise<unknown> {
  const client = await clientOf(calls, clientId)
  return calls.call('saveToken', token, client, await userOf(calls, user))
}

/**
 * Resolves with the user as the model returns it, for a function that receives it, in place of an
 * object with an "id" only. If the model has no such user, the object also has the "_id" of a
 * document.
 */
export async function userOf(calls: Calls, user: object): Promise<object> {
  const [[name, id] = [], ...others] = Object.entries(user)
  if (name !== 'id' || others.length > 0) return user
  const { fixtures, known, model } = calls
  const owner = [fixtures.user, fixtures.otherUser].find((one) => String(one?.id) === String(id))
  if (!owner || !hasFunction(model, 'getUser')) return { id, _id: id }
  const key = `user ${owner.username}`
  let found = known.get(key)
  if (!found) {
    const { username, password } = owner
    found = clientOf(calls, fixtures.client.id).then((client) =>
      calls.call('getUser', username, password, client),
    )
    known.set(key, found)
    found.catch(() => known.delete(key))
  }
  // A user that is wrong or missing is the defect of another case.
  const one = await found.catch((error: unknown) => {
    if (error instanceof Failure) throw error
    return null
  })
  return typeof one === 'object' && one !== null ? one : { id, _id: id }
}

/**
 * Resolves with the client as the model returns it, for a function that receives it. If the model
 * has no such client, resolves with one that may use every grant type.
 */
export function clientOf(calls: Calls, id: string): Promise<object> {
  const { known, model } = calls
  let client = known.get(id)
  if (!client) {
    client = hasFunction(model, 'getClient')
      ? orRefusal(calls.call('getClient', id, null))
      : Promise.resolve(null)
    known.set(id, client)
    client.catch(() => known.delete(id))
    // A case may change the client later.
    const key = client.then((found) => (found as { id?: unknown } | null)?.id)
    known.set(`key of ${id}`, key)
    key.catch(() => known.delete(`key of ${id}`))
  }
  return client.then(
    (found) => (found as object | null) || { id, _id: id, clientId: id, grants: [...grants] },
  )
}

/**
 * Resolves with the client as getClient() authenticates it, or with nothing. A client that was
 * authenticated before is not looked up again, as it may be while the database is down.
 */
async function authenticated(calls: Calls, id: string, secret: unknown): Promise<unknown> {
  const { known, model } = calls
  const key = typeof secret === 'string' ? JSON.stringify([id, secret]) : null
  const before = key === null ? undefined : ((await known.get(key)) as Known | undefined)
  if (before?.model === model) return before.client
  // The token endpoint passes `undefined` for no secret: `null` is for the authorization endpoint.
  const client = await orRefusal(calls.call('getClient', id, secret ?? undefined))
  if (client && key !== null) known.set(key, Promise.resolve({ model, client } satisfies Known))
  return client
}

/** A client that a model has authenticated. */
interface Known {
  model: AnyModel
  client: unknown
}

/** The names of the errors with which a model may refuse instead of returning nothing. */
const refusals: ReadonlySet<unknown> = new Set([
  'access_denied',
  'invalid_client',
  'invalid_grant',
  'invalid_token',
  'unauthorized_client',
])

/** Resolves with null if a look-up refuses by an OAuth error, which the server sends to the client. */
export async function orRefusal(answer: Promise<unknown>): Promise<unknown> {
  try {
    return await answer
  } catch (error) {
    const { name } = ((error as Error).cause ?? error) as { name?: unknown }
    if (refusals.has(name) || refusals.has((error as { name?: unknown }).name)) return null
    throw error
  }
}

/** Returns a user with an "id", as documents of MongoDB have only an "_id". */
function withId(user: unknown): unknown {
  if (typeof user !== 'object' || user === null || 'id' in user || !('_id' in user)) return user
  return viewOf(user, { id: member(user, '_id') })
}

import { readOptions } from '../options/read-options'
import { type Rules, aFunction, timerMs } from '../options/rules'
import { passwordsRule } from '../options/passwords-rule'
import { sha256 } from '../crypto/hash'
import { answerOf, answersOf, userAnswer } from './callback'
import {
  type Client,
  type ClientInfo,
  type GrantRef,
  type NewCredential,
  type Store,
  assertStore,
} from '../contract/store'
import type { Callback, Model } from '../contract/model'
import { userIdOf } from '../contract/user-id'
import { type ModelOnStoreOptions, defaults, modelOnStore } from '../model-on-store'
import { type GrantUser, LinkedUsers } from '../model-on-store/linked-users'
import { isText } from '../model-on-store/text'
import { newGrantId } from '../storage/issuing'
import { dataOf } from '../storage/parsed-data'
import { withoutSecret } from '../storage/without-secret'
import { isObject } from '../values/is-object'

/**
 * Options of `toModel`: settings, and functions of a 2.4 model, which may use callbacks or
 * promises.
 */
export interface ToModelOptions
  extends
    ModelOnStoreOptions,
    Pick<Model, 'getUser' | 'getUserFromClient' | 'extendedGrant' | 'generateToken'> {}

/** A model function that takes a callback as its last argument or returns a promise. */
export type ModelFunctionOf<A extends unknown[], R> = {
  (...args: A): Promise<R>
  (...args: [...A, Callback<R>]): void
}

const rules: Rules<ToModelOptions> = {
  getUser: aFunction,
  getUserFromClient: aFunction,
  extendedGrant: aFunction,
  generateToken: aFunction,
  passwords: passwordsRule,
  storeTimeout: timerMs,
  now: aFunction,
}

/** The 2.4 model that `toModel` returns. */
export interface StoreModel {
  getAccessToken: ModelFunctionOf<
    [bearerToken: string],
    { clientId: string; userId: string | null; expires: Date | null; scope: string } | null
  >
  getClient: ModelFunctionOf<
    [clientId: string, clientSecret: string | null],
    (ClientInfo & { clientId: string; redirectUri: string[] }) | null
  >
  grantTypeAllowed: ModelFunctionOf<[clientId: string, grantType: string], boolean>
  saveAccessToken: ModelFunctionOf<
    [accessToken: string, clientId: string, expires: Date | null, user: unknown],
    void
  >
  getAuthCode: ModelFunctionOf<[authCode: string], PresentedRecord | null>
  saveAuthCode: ModelFunctionOf<
    [authCode: string, clientId: string, expires: Date, user: unknown],
    void
  >
  getRefreshToken: ModelFunctionOf<[refreshToken: string], PresentedRecord | null>
  saveRefreshToken: ModelFunctionOf<
    [refreshToken: string, clientId: string, expires: Date | null, user: unknown],
    void
  >
  revokeRefreshToken: ModelFunctionOf<[refreshToken: string], void>
  getUser: ModelFunctionOf<[username: string, password: string], GrantUser | null>
  getUserFromClient: ModelFunctionOf<[clientId: string, clientSecret: string], GrantUser | null>
  extendedGrant?: Model['extendedGrant']
  generateToken?: Model['generateToken']
}

/** A valid code or refresh token, which this look-up has redeemed. */
export interface PresentedRecord {
  clientId: string
  userId: string | null
  user: GrantUser
  expires: Date | null
}

/**
 * Returns a 2.4 model on a store, for `oauth2-server` 2.4 and compatible servers. Tokens are stored
 * as hashes. `getAuthCode` and `getRefreshToken` redeem the credential when they find it, because
 * the 2.4 contract does not pass the client that presents it. A second look-up finds nothing and
 * revokes the whole grant. Throws an OptionError if `store` is not a store or an option is wrong.
 */
export function toModel(store: Store, options: ToModelOptions = {}): StoreModel {
  assertStore(store, 'The first argument of toModel()')
  // The functions are called with the options object as `this`, which they may use.
  const settings = readOptions({ ...options }, rules, { of: 'toModel()', defaults })
  const { now } = settings
  const { withTimeout, clients, grants, find, findBearer, authenticate } = modelOnStore(
    store,
    settings,
  )
  // The server passes the user object from a look-up to the save functions.
  const users = new LinkedUsers<GrantRef | null>()

  function verifiedClient(id: string, secret: string | null): Promise<Client | null> {
    return secret === null ? clients.known(id) : clients.verified(id, secret)
  }

  async function save(
    kind: 'code' | 'access' | 'refresh',
    token: string,
    clientId: string,
    expires: Date | null,
    user: unknown,
  ): Promise<void> {
    const createdAt = now()
    const expiresAt = expires === null ? null : expires.getTime()
    const credential: NewCredential = {
      hash: sha256(token),
      kind,
      createdAt,
      expiresAt,
      data: '{"scope":""}',
    }
    const known = users.get(user)
    if (known?.clientId === clientId && kind !== 'code') return grants.extend(known, [credential])
    const grant: GrantRef = { id: newGrantId(), clientId, userId: userIdOf(user) }
    // The 2.4 contract passes no client, so the last known version is used.
    await grants.issue({ ...grant, createdAt, data: '{"scope":""}' }, [credential])
    if (known === null) users.set(user as object, grant)
    return undefined
  }

  async function takePresented(
    kind: 'code' | 'refresh',
    token: string,
  ): Promise<PresentedRecord | null> {
    const credential = await findBearer(kind, token)
    if (!credential || !(await grants.consume(credential))) return null
    const { grant, expiresAt } = credential
    const { clientId, userId } = grant
    return { clientId, userId, expires: dateOf(expiresAt), user: users.copy(userId, grant) }
  }

  async function extended(grantType: unknown, request: unknown) {
    const args = [grantType, request]
    const { supported, user } = await answersOf(
      options,
      'extendedGrant',
      args,
      withTimeout,
      userAnswer,
    )
    // The server checks whether the value is a user.
    return { supported, user: isObject(user) ? users.copy(user, null) : user }
  }

  const model: StoreModel = {
    getAccessToken: bothWays(async (bearerToken) => {
      const credential = await findBearer('access', bearerToken)
      if (!credential) return null
      const { clientId, userId } = credential.grant
      const { scope } = dataOf(credential.data)
      return { clientId, userId, expires: dateOf(credential.expiresAt), scope }
    }),

    getClient: bothWays(async (clientId, clientSecret) => {
      const client = await verifiedClient(clientId, clientSecret)
      if (!client) return null
      return { ...withoutSecret(client), clientId, redirectUri: [...client.redirectUris] }
    }),

    grantTypeAllowed: bothWays(async (clientId, grantType) => {
      const client = await verifiedClient(clientId, null)
      return client?.grantTypes.includes(grantType) ?? false
    }),

    saveAccessToken: bothWays((token, clientId, expires, user) =>
      save('access', token, clientId, expires, user),
    ),
    saveRefreshToken: bothWays((token, clientId, expires, user) =>
      save('refresh', token, clientId, expires, user),
    ),
    saveAuthCode: bothWays((code, clientId, expires, user) =>
      save('code', code, clientId, expires, user),
    ),
    getAuthCode: bothWays((code) => takePresented('code', code)),
    getRefreshToken: bothWays((token) => takePresented('refresh', token)),

    revokeRefreshToken: bothWays(async (token) => {
      const credential = await find('refresh', token)
      // Usually getRefreshToken has redeemed it already.
      if (credential) await grants.markUsed(credential)
    }),

    getUser: bothWays(async (username, password) => {
      if (!isText(username) || !isText(password)) return null
      const user = options.getUser
        ? await answerOf(options, 'getUser', [username, password], withTimeout)
        : await authenticate(username, password)
      return user ? users.copy(user, null) : null
    }),

    getUserFromClient: bothWays(async (clientId, clientSecret) => {
      if (!isText(clientSecret)) return null
      if (options.getUserFromClient) {
        const user = await answerOf(
          options,
          'getUserFromClient',
          [clientId, clientSecret],
          withTimeout,
        )
        return user ? users.copy(user, null) : null
      }
      const client = await verifiedClient(clientId, clientSecret)
      return client ? users.copy(client.userId ?? null, null) : null
    }),
  }

  if (options.generateToken) {
    model.generateToken = bothWays(async (type, request) =>
      answerOf(options, 'generateToken', [type, request], withTimeout),
    ) as Model['generateToken']
  }
  if (options.extendedGrant) {
    model.extendedGrant = (grantType, request, callback) => {
      const answer = extended(grantType, request)
      if (typeof callback !== 'function') {
        return answer.then(({ supported, user }) => (supported ? user : null))
      }
      answer.then(
        ({ supported, user }) => callback(null, supported, user),
        (error) => callback(error),
      )
      return undefined
    }
  }
  return model
}

function bothWays<A extends unknown[], R>(
  answer: (...args: A) => Promise<R>,
): ModelFunctionOf<A, R> {
  function inEitherWay(...args: unknown[]): Promise<R> | undefined {
    const callback = args.at(-1)
    if (typeof callback !== 'function') return answer(...(args as A))
    answer(...(args.slice(0, -1) as A)).then(
      (result) => callback(null, result),
      (error) => callback(error),
    )
    return undefined
  }
  return inEitherWay as ModelFunctionOf<A, R>
}

function dateOf(milliseconds: number | null): Date | null {
  return milliseconds === null ? null : new Date(milliseconds)
}

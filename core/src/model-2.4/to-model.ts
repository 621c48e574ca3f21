import { withCode } from '../errors/error-code'
import { readOptions } from '../options/read-options'
import { type Rules, aFunction, timerMs } from '../options/rules'
import { secretHashesOf, secretVerifier } from '../crypto/client-secret'
import { sha256 } from '../crypto/hash'
import { randomHex } from '../crypto/random'
import { type Passwords, scryptPasswords } from '../crypto/password'
import { passwordsRule } from '../options/passwords-rule'
import { answerOf, answersOf, userAnswer } from './callback'
import {
  type Client,
  type ClientInfo,
  type Credential,
  type Grant,
  type GrantRef,
  type NewCredential,
  type Store,
  type User,
  assertStore,
} from '../contract/store'
import { dataOf } from '../storage/parsed-data'
import { timeoutAfter } from '../async/timeout'
import type { Callback, Model } from '../contract/model'
import { reading } from '../storage/reading'
import { userIdOf } from '../contract/user-id'
import { authenticateUser } from '../storage/users'
import { storeWithTimeout } from '../storage/with-timeout'
import { withoutSecret } from '../storage/without-secret'
import { isObject } from '../values/is-object'

/**
 * Options of `toModel`: settings, and functions of a 2.4 model, which may use callbacks or
 * promises.
 */
export interface ToModelOptions extends Pick<
  Model,
  'getUser' | 'getUserFromClient' | 'extendedGrant' | 'generateToken'
> {
  /** Hashes and verifies passwords and chosen client secrets. @default scrypt */
  passwords?: Passwords
  /** Milliseconds after which a call of the store times out. @default 5000 */
  storeTimeout?: number
  /** The clock, in milliseconds since the epoch. @default Date.now */
  now?: () => number
}

/** A model function that takes a callback as its last argument or returns a promise. */
export type ModelFunctionOf<A extends unknown[], R> = {
  (...args: A): Promise<R>
  (...args: [...A, Callback<R>]): void
}

/** A user whose tokens belong to a grant. Every request gets a new object. */
export interface GrantUser {
  id: unknown
  [name: string]: unknown
}

const mostVersions = 1000

const rules: Rules<ToModelOptions> = {
  getUser: aFunction,
  getUserFromClient: aFunction,
  extendedGrant: aFunction,
  generateToken: aFunction,
  passwords: passwordsRule,
  storeTimeout: timerMs,
  now: aFunction,
}

const defaults = Object.freeze({
  passwords: scryptPasswords,
  storeTimeout: 5000,
  now: () => Date.now(),
})

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
  const { passwords, storeTimeout, now } = readOptions({ ...options }, rules, {
    of: 'toModel()',
    defaults,
  })
  const withTimeout = timeoutAfter(storeTimeout)
  const bounded = storeWithTimeout(store, withTimeout)
  const { getClient, find } = reading(bounded)
  const secrets = secretVerifier(passwords)
  const versions = new Map<string, string>()
  // The server passes the user object from a look-up to the save functions. They use this map to
  // find its grant.
  const grants = new WeakMap<object, GrantRef | null>()

  function authenticate(username: string, password: string): Promise<User | null> {
    return authenticateUser(bounded, username, password, passwords)
  }

  async function verifiedClient(id: string, secret: string | null): Promise<Client | null> {
    if (!isText(id)) return null
    const client = await knownClient(id)
    if (!client || secret === null) return client
    const hashes = secretHashesOf(client, now())
    if (!isText(secret) || hashes.length === 0) return null
    return (await secrets.verify([secret], hashes)) ? client : null
  }

  /** Copies the user, because an application may return the same object to every request. */
  function grantUser(user: unknown, grant: GrantRef | null): GrantUser {
    const own: GrantUser = isObject(user)
      ? Object.assign(Object.create(Object.getPrototypeOf(user) as object) as GrantUser, user)
      : { id: user }
    grants.set(own, grant)
    return own
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
    const known = isObject(user) ? grants.get(user) : undefined
    if (known?.clientId === clientId && kind !== 'code') {
      const outcome = await bounded.extend(known, [credential])
      if (outcome === 'revoked')
        throw withCode(
          'OAUTH2_KIT_REVOKED',
          new Error('The grant was revoked while its tokens were being issued'),
        )
      return
    }
    const grant: GrantRef = { id: randomHex(16), clientId, userId: userIdOf(user) }
    await issue({ ...grant, createdAt, data: '{"scope":""}' }, credential)
    if (known === null) grants.set(user as object, grant)
  }

  /**
   * Issues the grant only while the client and user exist. The 2.4 contract passes no client
   * version, so the last known one is used.
   */
  async function issue(grant: Grant, credential: NewCredential): Promise<void> {
    let version = versions.get(grant.clientId) ?? (await knownClient(grant.clientId))?.version
    for (;;) {
      if (version === undefined)
        throw withCode('OAUTH2_KIT_NOT_FOUND', new Error(`There is no client "${grant.clientId}"`))
      const conditions = { clientVersion: version }
      const outcome = await bounded.issue(grant, [credential], conditions)
      if (outcome === 'issued') return
      const present = await knownClient(grant.clientId)
      if (!present || present.version === version) {
        throw withCode(
          'OAUTH2_KIT_REVOKED',
          new Error('The client or user was deleted while its tokens were being issued'),
        )
      }
      version = present.version
    }
  }

  async function knownClient(id: string): Promise<Client | null> {
    const client = await getClient(id)
    versions.delete(id)
    if (client) versions.set(id, client.version)
    const [oldest] = versions.keys()
    if (versions.size > mostVersions && oldest !== undefined) versions.delete(oldest)
    return client
  }

  async function takePresented(
    kind: 'code' | 'refresh',
    token: string,
  ): Promise<PresentedRecord | null> {
    const credential = isText(token) ? await find(token, same) : null
    if (credential?.kind !== kind || !(await consume(credential))) return null
    const { grant, expiresAt } = credential
    const { clientId, userId } = grant
    return { clientId, userId, expires: dateOf(expiresAt), user: grantUser(userId, grant) }
  }

  /**
   * Redeems the credential and resolves with true. If it was redeemed before, revokes its grant
   * (RFC 6749 4.1.2, RFC 9700 4.14.2).
   */
  async function consume(credential: Credential): Promise<boolean> {
    const { status } = await markUsed(credential)
    if (status === 'replayed') {
      await bounded.revoke({ grantId: credential.grant.id })
    }
    return status === 'redeemed'
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
    return { supported, user: isObject(user) ? grantUser(user, null) : user }
  }

  function markUsed(credential: Credential) {
    const { expiresAt } = credential
    const mark: NewCredential = {
      hash: randomHex(32),
      kind: 'used',
      createdAt: now(),
      expiresAt,
      data: '{}',
    }
    return bounded.redeem(credential, [mark])
  }

  const model: StoreModel = {
    getAccessToken: bothWays(async (bearerToken) => {
      const credential = isText(bearerToken) ? await find(bearerToken, same) : null
      if (credential?.kind !== 'access') return null
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
      const credential = isText(token) ? await find(token, same) : null
      // Usually getRefreshToken has redeemed it already.
      if (credential?.kind === 'refresh') await markUsed(credential)
    }),

    getUser: bothWays(async (username, password) => {
      if (!isText(username) || !isText(password)) return null
      const user = options.getUser
        ? await answerOf(options, 'getUser', [username, password], withTimeout)
        : await authenticate(username, password)
      return user ? grantUser(user, null) : null
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
        return user ? grantUser(user, null) : null
      }
      const client = await verifiedClient(clientId, clientSecret)
      return client ? grantUser(client.userId ?? null, null) : null
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

function same<T>(value: T): T {
  return value
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function dateOf(milliseconds: number | null): Date | null {
  return milliseconds === null ? null : new Date(milliseconds)
}

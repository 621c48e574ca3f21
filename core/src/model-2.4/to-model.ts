import { withCode } from '../errors/error-code'
import { readOptions } from '../options/read-options'
import { type Rules, aFunction, timerMs } from '../options/rules'
import { secretVerifier } from '../crypto/client-secret'
import { randomHex, sha256 } from '../crypto/hash'
import { type Passwords, scryptPasswords } from '../crypto/password'
import { passwordsRule } from '../options/passwords-rule'
import { answerOf, answersOf, userAnswer } from './callback'
import type {
  Client,
  Credential,
  Grant,
  GrantRef,
  NewCredential,
  Store,
  User,
} from '../contract/store'
import { dataOf } from '../storage/credential-data'
import { timeoutAfter } from '../async/timeout'
import type { Callback, Model } from '../contract/model'
import { reading } from '../storage/reading'
import { userIdOf } from '../contract/user-id'
import { authenticateUser } from '../storage/users'
import { storeWithTimeout } from '../storage/with-timeout'
import { withoutSecret } from '../storage/without-secret'
import { isObject } from '../values/is-object'

/**
 * What `toModel` takes besides the store: functions of a 2.4 model, with callbacks or promises, and
 * settings.
 */
export interface ToModelOptions extends Pick<
  Model,
  'getUser' | 'getUserFromClient' | 'extendedGrant' | 'generateToken'
> {
  /** How passwords and chosen client secrets are hashed. @default scrypt */
  passwords?: Passwords
  /** Milliseconds until a store that doesn't answer is given up. @default 5000 */
  storeTimeout?: number
  /** The clock, in milliseconds since the epoch. @default Date.now */
  now?: () => number
}

/** A function of a model, both ways: with a callback as the last argument, or with a promise. */
export type ModelFunctionOf<A extends unknown[], R> = {
  (...args: A): Promise<R>
  (...args: [...A, Callback<R>]): void
}

/** A user whose tokens belong to a grant: an object of its own for each request. */
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

/** The 2.4 model that `toModel` gives. */
export interface StoreModel {
  getAccessToken: ModelFunctionOf<
    [bearerToken: string],
    { clientId: string; userId: string | null; expires: Date | null; scope: string } | null
  >
  getClient: ModelFunctionOf<
    [clientId: string, clientSecret: string | null],
    (Omit<Client, 'secretHash' | 'version'> & { clientId: string; redirectUri: string[] }) | null
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

/** A code or refresh token that was good, and is used up now. */
export interface PresentedRecord {
  clientId: string
  userId: string | null
  user: GrantUser
  expires: Date | null
}

/**
 * A model of the 2.4 line on a store, for `oauth2-server` 2.4 and what was made in its likeness.
 * Tokens are hashed at rest. That contract can't say who presents a code or refresh token, so
 * `getAuthCode` and `getRefreshToken` use it up in the same stroke that finds it: the second one to
 * ask finds nothing, and the whole grant is revoked.
 */
export function toModel(bare: Store, given: ToModelOptions = {}): StoreModel {
  const options = readOptions(given, rules, { of: 'toModel()', defaults })
  const { passwords, storeTimeout, now } = options
  const withTimeout = timeoutAfter(storeTimeout)
  const store = storeWithTimeout(bare, withTimeout)
  const { getClient, find } = reading(store)
  const secrets = secretVerifier(passwords)
  const versions = new Map<string, string>()
  // The server hands the user that it was given on to the functions that save: so these know whose
  // grant it is.
  const grants = new WeakMap<object, GrantRef | null>()

  function authenticate(username: string, password: string): Promise<User | null> {
    return authenticateUser(store, username, password, passwords)
  }

  async function verifiedClient(id: string, secret: string | null): Promise<Client | null> {
    if (!isText(id)) return null
    const client = await knownClient(id)
    if (!client || secret === null) return client
    if (!isText(secret) || client.secretHash === null) return null
    return (await secrets.verify([secret], client.secretHash)) ? client : null
  }

  /** An object of its own, for an application may well give the same one to every request. */
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
      const outcome = await store.extend(known, [credential])
      if (outcome === 'revoked')
        throw withCode(
          'OAUTH2_KIT_REVOKED',
          new Error('The grant was revoked while its tokens were made'),
        )
      return
    }
    const grant: GrantRef = { id: randomHex(16), clientId, userId: userIdOf(user) }
    await issue({ ...grant, createdAt, data: '{"scope":""}' }, credential)
    if (known === null) grants.set(user as object, grant)
  }

  /** Only while the client and user exist: that contract has no other way to say which client. */
  async function issue(grant: Grant, credential: NewCredential): Promise<void> {
    let version = versions.get(grant.clientId) ?? (await knownClient(grant.clientId))?.version
    for (;;) {
      if (version === undefined)
        throw withCode('OAUTH2_KIT_NOT_FOUND', new Error(`There is no client "${grant.clientId}"`))
      const conditions = { clientVersion: version }
      const outcome = await store.issue(grant, [credential], conditions)
      if (outcome === 'issued') return
      const present = await knownClient(grant.clientId)
      if (!present || present.version === version) {
        throw withCode(
          'OAUTH2_KIT_REVOKED',
          new Error('The client or user was deleted while its tokens were made'),
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
    if (credential?.kind !== kind || !(await useUp(credential))) return null
    const { grant, expiresAt } = credential
    const { clientId, userId } = grant
    return { clientId, userId, expires: dateOf(expiresAt), user: grantUser(userId, grant) }
  }

  /**
   * Whether it was not used before; if it was, its grant is revoked (RFC 6749 4.1.2, RFC 9700
   * 4.14.2).
   */
  async function useUp(credential: Credential): Promise<boolean> {
    const { status } = await markUsed(credential)
    if (status === 'replayed') {
      await store.revoke({ grantId: credential.grant.id })
    }
    return status === 'redeemed'
  }

  async function extended(grantType: unknown, request: unknown) {
    const asked = answersOf(options, 'extendedGrant', [grantType, request], withTimeout, userAnswer)
    const { supported, user } = await asked
    // Whether it is a user at all, the server says.
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
    return store.redeem(credential, [mark])
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
      // Most often getRefreshToken has used it up already.
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
      const answered = extended(grantType, request)
      if (typeof callback !== 'function') {
        return answered.then(({ supported, user }) => (supported ? user : null))
      }
      answered.then(
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

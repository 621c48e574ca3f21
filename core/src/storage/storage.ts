import type { ClientCredentials } from '../protocol/client-authentication'
import type { AccessTokenClaims, ExposedGrant, OAuthRequest } from '../http/request'
import type { MaybePromise } from '../async/maybe-promise'
import type { Client, ClientInfo, GrantRef, Selector, Store, StoredRecord } from '../contract/store'
import type { Use } from './first-use'

/** A client as the endpoints see it. */
export interface StorageClient extends ClientInfo {
  /** The object that the application receives in place of this one. */
  exposed?: unknown
}

/** An access token as the endpoints see it. Times are milliseconds since the epoch. */
export interface StorageAccessToken {
  expiresAt: number | null
  scope: string
  /** The resources that the token is for (RFC 8707). Undefined means any. */
  resource?: readonly string[]
  grant: ExposedGrant | null
  /** The thumbprint of the key that the token is bound to (RFC 9449 6), if any. */
  jkt?: string | undefined
  /** The value of `req.oauth.bearerToken`. */
  exposed: unknown
  /** The value of `req.user`. */
  user: unknown
  /** The claims of a signed token that was verified without the store. */
  claims?: AccessTokenClaims
  /**
   * Looks up the user. Set only if this is required before the token is accepted. Resolves with a
   * falsy value if the user no longer exists.
   */
  findUser?(): Promise<unknown>
}

/** A code or refresh token that was presented, and the operations on it. */
export interface Presented {
  clientId: unknown
  /**
   * Returns the user that the credential was issued for. Throws a `server_error` if the model must
   * return a user but does not.
   */
  findUser(): unknown
  expiresAt: number | null
  /**
   * When the credential was first presented to this process, if the store has failed since then.
   * Its expiry is checked against this time. Milliseconds since the epoch.
   */
  triedAt?: number | undefined
  scope: string
  /** The resources that the grant is for (RFC 8707). Undefined means any. */
  resource?: readonly string[]
  /** The redirect URI of the authorization request, if it had one. */
  redirectUri?: string
  /** The PKCE challenge of the authorization request, if it had one. */
  challenge?: string
  /** The thumbprint of the key that the credential is bound to (RFC 9449 5, 10), if any. */
  jkt?: string | undefined
  /**
   * Redeems the credential for tokens. If it was redeemed before, revokes the grant and throws an
   * `invalid_grant`, unless the request is a retry that may get the same response again.
   */
  redeem(order: TokenOrder): Promise<IssuedTokens>
  /**
   * Resolves with whether the credential was or may have been redeemed. If so, its expiry no longer
   * matters.
   */
  mayBeRedeemed(): Promise<boolean>
  /**
   * Resolves with the user as the application knows it, or with `undefined` if it keeps no users.
   * Revokes the grant and throws an `invalid_grant` if its user no longer exists.
   */
  confirmUser(): Promise<unknown>
  /**
   * Must be called if the request is refused. If the credential was redeemed before, the request is
   * a replay, and the grant is revoked.
   */
  refuse(): Promise<void>
  /** Revokes the grant, so that the credential cannot be presented again. */
  end(): Promise<void>
}

/** Something that may be used once, whose use is not recorded yet. */
export interface PendingUse {
  use: Use
  /** When it expires anyway, in milliseconds since the epoch. */
  until: number
}

/** A client whose credentials are right. */
export interface AuthenticatedClient {
  client: StorageClient
  /** The use of its assertion, which is accepted once (RFC 7523 3, 7). */
  pending?: PendingUse
}

/** Verifies a secret that could be guessed, if the limiter allows the attempt. */
export type Guess = <T>(verify: () => Promise<T>) => Promise<T>

/** An order to issue tokens. */
export interface TokenOrder {
  client: StorageClient
  /** An object with an `id`, or undefined if the client acts for itself. */
  user: unknown
  /** The user as the application knows it, for its hooks. */
  knownUser: unknown
  grantType: string
  scope: string
  /** The resources that the access token is for. Undefined means any. */
  resource?: readonly string[]
  /**
   * The requested scope and resources, and the key of the proof, as text. A retry of the same request
   * has the same text.
   */
  asked: string
  /** Whether to issue a refresh token too. */
  refresh: boolean
  /** The thumbprint of the key of the DPoP proof (RFC 9449 5), which the tokens are bound to. */
  jkt?: string | undefined
  /**
   * Records what the request may use once. Called when everything else has succeeded, before anything
   * is saved. Throws an error if it was used before.
   */
  acceptOnce?: (() => Promise<void>) | undefined
  request: OAuthRequest
}

/** Tokens that were issued and saved. */
export interface IssuedTokens {
  accessToken: string
  /** Seconds. `null` means never expires. */
  expiresIn: number | null
  refreshToken?: string
  scope: string
  /** The members that the hook `claims` adds to the response. */
  claims?: Readonly<Record<string, unknown>> | undefined
}

/** An order to issue a code. */
export interface CodeOrder {
  client: StorageClient
  user: unknown
  scope: string
  /** The resources that tokens may be requested for. Undefined means any. */
  resource?: readonly string[]
  /** The redirect URI of the authorization request, if it had one. */
  redirectUri?: string
  /** The PKCE challenge (RFC 7636). The method is always S256. */
  challenge?: string
  /** The thumbprint of the key that must redeem the code (RFC 9449 10). */
  jkt?: string | undefined
  /** The data of the application that the grant keeps. */
  metadata?: Readonly<Record<string, unknown>> | undefined
  /** When the user signed in, if the application said so. Milliseconds since the epoch. */
  authTime?: number | undefined
  request: OAuthRequest
}

/** An order to begin the request of a device (RFC 8628 3.1). */
export interface DeviceOrder {
  client: StorageClient
  scope: string
  /** The resources that tokens may be requested for. Undefined means any. */
  resource?: readonly string[] | undefined
  /** The address that the device has, if it is known. */
  address: string | undefined
}

/** The codes of a device (RFC 8628 3.2). */
export interface StartedDevice {
  deviceCode: string
  /** Without its dash. */
  userCode: string
  /** Seconds. */
  expiresIn: number
  /** The minimum time between two requests for tokens, in seconds. */
  interval: number
}

/** The request of a device that a user can allow or deny. */
export interface DeviceRequest extends Omit<DeviceOrder, 'client'> {
  /** Without its dash. */
  userCode: string
  clientId: string
  /** Milliseconds since the epoch. */
  requestedAt: number
  /** The record of the store. */
  record: StoredRecord
}

/**
 * What a device code without a grant stands for. `too soon` is a request that still waits for the user,
 * but the device has not waited for the interval.
 */
export type DeviceState = 'unknown' | 'pending' | 'too soon' | 'denied' | 'expired'

/** The requests of devices (RFC 8628). */
export interface DeviceStorage {
  /** Begins a request. */
  start(order: DeviceOrder): Promise<StartedDevice>
  /**
   * Resolves with the request that has this user code, or with `null` if it is unknown, expired or
   * decided.
   */
  find(userCode: string): Promise<DeviceRequest | null>
  /**
   * Issues the grant that the device redeems with its device code. Resolves with false if the request
   * was decided before. If the store fails, the user can decide again.
   */
  allow(request: DeviceRequest, order: CodeOrder): Promise<boolean>
  /** Denies a request. Resolves with false if it was decided before. */
  deny(request: DeviceRequest): Promise<boolean>
  /**
   * Resolves with the state of a device code that has no grant, for its client. `at` is the present
   * time in milliseconds since the epoch. How often a device asks is remembered in the memory of this
   * process, so that devices can be faster if a server has several processes.
   */
  stateOf(deviceCode: string, clientId: string, at: number): Promise<DeviceState>
  /**
   * Resolves with whether the user has denied a request whose grant was issued. Both are possible if the
   * store has failed while it was allowed, and the denial counts.
   */
  isDenied(deviceCode: string): Promise<boolean>
}

/** A code or token to inspect or revoke, without redeeming it. */
export interface StorageToken {
  kind: 'code' | 'access' | 'refresh'
  grant: GrantRef
  /** Milliseconds since the epoch. */
  createdAt: number
  /** Milliseconds since the epoch. `null` means never. */
  expiresAt: number | null
  scope: string
  resource?: readonly string[]
  /** The thumbprint of the key that the token is bound to (RFC 9449 6), if any. */
  jkt?: string | undefined
  /** The id of a signed access token. Opaque ones have none. */
  jti?: string | undefined
  /** On a signed access token: when the user signed in, in milliseconds since the epoch. */
  authTime?: number | undefined
  /** The members that the hook `claims` adds to the introspection response. */
  claims?: Readonly<Record<string, unknown>> | undefined
  /** Resolves with whether it is a refresh token that was redeemed. */
  isRedeemed(): Promise<boolean>
  /**
   * Resolves with the user of the token, `undefined` if the client acts for itself, or `null` if
   * the user no longer exists.
   */
  findUser(): Promise<unknown>
  /** Revokes an access token only, or the whole grant of a code or refresh token. */
  revoke(): Promise<void>
}

/** Operations to inspect and revoke tokens and grants. */
export interface TokenStorage {
  find(token: string): Promise<StorageToken | null>
  /** Resolves with the number of grants. Throws an OptionError for an invalid selector. */
  revokeGrants(selector: Selector): Promise<number>
  /** Resolves with the scopes that the user has granted to the client for all these resources. */
  grantedScopes(clientId: string, user: unknown, resource: readonly string[]): Promise<string[]>
}

/** The parameters of an authorization request. Only `resource` may be repeated. */
export type RequestParameters = Readonly<Record<string, string | readonly string[]>>

/** The authorization requests that clients push (RFC 9126). */
export interface PushedRequests {
  /**
   * Saves a request of this client. Resolves with its `request_uri` and the seconds in which the
   * authorization endpoint must receive it.
   */
  add(
    clientId: string,
    parameters: RequestParameters,
  ): Promise<{ requestUri: string; expiresIn: number }>
  /**
   * Resolves with the parameters of a request that the authorization endpoint receives, or with `null`
   * if it is unknown, expired, used, or that of another client. The user then has half an hour.
   */
  open(requestUri: string, clientId: string): Promise<RequestParameters | null>
  /** Removes a request. Resolves with true for exactly one of any number of callers. */
  use(requestUri: string): Promise<boolean>
}

/** Clients that were authenticated a short time ago, in the memory of this process. */
export interface RememberedClientStorage {
  /**
   * Remembers a client that was authenticated with a secret. `readAt` is a time of `performance.now()`
   * before it was read.
   */
  add(client: StorageClient, readAt: number): void
  /**
   * Resolves with the client if these credentials are right for it, or with `undefined`. Does not read
   * the store, so that the client may have changed since. To issue tokens for it then throws a
   * `StaleClientError`.
   */
  authenticate(credentials: ClientCredentials): Promise<StorageClient | undefined>
}

/** The records of the clients that a store keeps. */
export type ClientRecords = Pick<
  Store,
  'getClient' | 'createClient' | 'updateClient' | 'deleteClient'
>

/**
 * The storage operations that the endpoints need, in OAuth terms and with raw tokens. One
 * implementation uses a Store, the other a 2.4 Model.
 */
export interface Storage {
  /**
   * Whether a look-up may start before the client is authenticated. False for a 2.4 model, whose
   * functions are called in a fixed order.
   */
  readonly sideBySide: boolean
  /** Resolves with the client, or with `null` if it is unknown. */
  findClient(id: string, request: OAuthRequest): Promise<StorageClient | null>
  /**
   * Resolves with the client, or with `null` if it is unknown or its secret is wrong. Throws an
   * `invalid_client` if it is registered for another method. Calls `guess` only if the secret could
   * be guessed. An assertion is verified, but its use is not recorded.
   */
  authenticateClient(
    credentials: ClientCredentials,
    guess: Guess,
    request: OAuthRequest,
  ): Promise<AuthenticatedClient | null>
  allowsGrant(client: StorageClient, grantType: string): Promise<boolean>
  /** Returns the token synchronously if a 2.4 model answers synchronously. */
  findAccessToken(token: string): MaybePromise<StorageAccessToken | null>
  findCode(code: string): Promise<Presented | null>
  findRefreshToken(token: string): Promise<Presented | null>
  /** Undefined for a 2.4 model. */
  findDeviceCode?(deviceCode: string): Promise<Presented | null>
  /**
   * Remembers when a client presented a code, device code or refresh token (milliseconds since the epoch) while
   * the store failed. The client receives a 503 and retries.
   */
  failedToRedeem?(token: string, clientId: string, at: number): void
  /** Resolves with the user with this username and password, or a falsy value. */
  authenticateUser(username: string, password: string): Promise<unknown>
  /**
   * Resolves with the user that a client_credentials token acts for, `undefined` if there is none,
   * or `null` to refuse the request.
   */
  findClientUser(client: StorageClient, credentials: ClientCredentials): Promise<unknown>
  /** Resolves with the user that an extension grant issues tokens for. */
  extend(grantType: string, request: OAuthRequest): Promise<{ supported: boolean; user?: unknown }>
  issueTokens(order: TokenOrder): Promise<IssuedTokens>
  issueCode(order: CodeOrder): Promise<string>
  /**
   * Resolves with whether this is the first use of something that may be used once. `until` is when
   * it expires anyway, in milliseconds since the epoch. Undefined for a 2.4 model.
   */
  isFirstUse?(use: Use, until: number): Promise<boolean>
  /** Undefined for a 2.4 model. */
  readonly pushedRequests?: PushedRequests
  /**
   * Clients that were authenticated a short time ago. Undefined for a 2.4 model, and if issuing calls
   * functions of the application: they must never receive a client that has changed.
   */
  readonly rememberedClients?: RememberedClientStorage
  /** The clients of the store, for those that register themselves. Undefined for a 2.4 model. */
  readonly clients?: ClientRecords
  /**
   * Resolves with whether a secret is right for a client of the store. Calls `guess` only if it could
   * be guessed. Undefined for a 2.4 model.
   */
  isRightSecret?(client: Client, secret: string, guess: Guess): Promise<boolean>
  /** The requests of devices. Undefined for a 2.4 model. */
  readonly devices?: DeviceStorage
  /** Undefined for a 2.4 model, which does not support these operations. */
  readonly tokens?: TokenStorage
}

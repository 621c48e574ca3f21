import type { ClientCredentials } from '../protocol/client-authentication'
import type { OAuthRequest } from '../http/request'
import type { MaybePromise } from '../async/maybe-promise'
import type { Client, GrantRef, Selector } from '../contract/store'

/** A client as the engine sees it. */
export interface StorageClient extends Omit<Client, 'secretHash' | 'version'> {
  /** What the application gets to see in its place. */
  exposed?: unknown
}

/** An access token as the engine sees it. Times are milliseconds since the epoch. */
export interface StorageAccessToken {
  expiresAt: number | null
  scope: string
  /** The resources that it is for (RFC 8707); left out = any. */
  resource?: readonly string[]
  grant: GrantRef | null
  /** What becomes `req.oauth.bearerToken`. */
  exposed: unknown
  /** What becomes `req.user`. */
  user: unknown
  /** Where it must be looked up first: `null` = the user is gone. */
  findUser?(): Promise<unknown>
}

/** A code or refresh token that was presented, and what can be done with it. */
export interface Presented {
  clientId: unknown
  /**
   * The user that it was issued for. Throws a `server_error` where the model must name one and
   * doesn't.
   */
  findUser(): unknown
  expiresAt: number | null
  /**
   * When it was first presented to this process, if the store has failed since then: by that time its
   * expiry is judged. Milliseconds since the epoch.
   */
  triedAt?: number | undefined
  scope: string
  /** The resources that the grant is for (RFC 8707); left out = any. */
  resource?: readonly string[]
  /** The redirect URI of the authorization request, if it had one. */
  redirectUri?: string
  /** The PKCE challenge of the authorization request, if it had one. */
  challenge?: string
  /**
   * Turns it into tokens. Throws `invalid_grant` if it was redeemed before, which then ends the whole
   * grant.
   */
  redeem(order: TokenOrder): Promise<IssuedTokens>
  /** Whether it was redeemed, or may have been: then its expiry no longer matters. */
  mayBeRedeemed(): Promise<boolean>
  /** Throws `invalid_grant`, and ends the grant, if its user no longer exists. */
  confirmUser(): Promise<void>
  /** It was refused. If it was redeemed before, this is a replay, which ends the grant. */
  refuse(): Promise<void>
  /** Ends the grant: it was presented, and must not be presented again. */
  end(): Promise<void>
}

/** Verifies a secret that can be guessed, as often as the limiter allows. */
export type Guess = <T>(verify: () => Promise<T>) => Promise<T>

/** Tokens to make. */
export interface TokenOrder {
  client: StorageClient
  user: unknown
  scope: string
  /** The resources that the access token is for; left out = any. */
  resource?: readonly string[]
  /** What the request has named of scope and resources, as text: the same of its repetition. */
  asked: string
  /** Whether a refresh token goes with it. */
  refresh: boolean
  request: OAuthRequest
}

/** Tokens that were made and are kept. */
export interface IssuedTokens {
  accessToken: string
  /** Seconds; `null` = never expires. */
  expiresIn: number | null
  refreshToken?: string
  scope: string
}

/** A code to make. */
export interface CodeOrder {
  client: StorageClient
  user: unknown
  scope: string
  /** The resources that tokens may be asked for; left out = any. */
  resource?: readonly string[]
  /** As the authorization request had it. */
  redirectUri?: string
  /** PKCE (RFC 7636), always S256. */
  challenge?: string
  request: OAuthRequest
}

/** A code or token as one looks into it, without using it. */
export interface StorageToken {
  kind: 'code' | 'access' | 'refresh'
  grant: GrantRef
  /** Milliseconds since the epoch. */
  createdAt: number
  /** Milliseconds since the epoch; `null` = never. */
  expiresAt: number | null
  scope: string
  resource?: readonly string[]
  /** Whether it is a refresh token that was redeemed. */
  isRedeemed(): Promise<boolean>
  /** Whose it is: `undefined` = the client's own, `null` = the user is gone. */
  findUser(): Promise<unknown>
  /** Revokes an access token, or all of the grant of another one. */
  revoke(): Promise<void>
}

/** What can be done with tokens and grants beyond using them. */
export interface TokenStorage {
  find(token: string): Promise<StorageToken | null>
  /** Gives the number of grants. Throws a TypeError for a selector that selects nothing certain. */
  revokeGrants(selector: Selector): Promise<number>
  /** The scopes that the user has let the client have, for all of these resources. */
  grantedScopes(clientId: string, user: unknown, resource: readonly string[]): Promise<string[]>
}

/**
 * What the engine needs of a storage, in domain words and raw tokens. One implementation speaks to
 * a Store, the other to a 2.4 Model.
 */
export interface Storage {
  /**
   * Whether a look-up may start before the client is authenticated: a 2.4 model is called in one
   * fixed order.
   */
  readonly sideBySide: boolean
  findClient(id: string): Promise<StorageClient | null>
  /** `guess` is asked only where there is something to guess. */
  authenticateClient(credentials: ClientCredentials, guess: Guess): Promise<StorageClient | null>
  allowsGrant(client: StorageClient, grantType: string): Promise<boolean>
  /** At once, where a model answers at once. */
  findAccessToken(token: string): MaybePromise<StorageAccessToken | null>
  findCode(code: string): Promise<Presented | null>
  findRefreshToken(token: string): Promise<Presented | null>
  /**
   * Remembers that a client has presented a code or refresh token at that time (milliseconds since
   * the epoch), and that the store has failed: the client is told to try again.
   */
  failedToRedeem?(token: string, clientId: string, at: number): void
  /** The user with that name and password, or something falsy. */
  authenticateUser(username: string, password: string): Promise<unknown>
  /** The user whose id a client's own token carries; `null` = refused, `undefined` = nobody. */
  findClientUser(client: StorageClient, credentials: ClientCredentials): Promise<unknown>
  /** The user that an extension grant gives tokens for. */
  extend(grantType: string, request: OAuthRequest): Promise<{ supported: boolean; user?: unknown }>
  issueTokens(order: TokenOrder): Promise<IssuedTokens>
  issueCode(order: CodeOrder): Promise<string>
  /** Left out where the storage has no such thing: a 2.4 model. */
  readonly tokens?: TokenStorage
}

import type { ClientInfo } from '../contract/store'

/** A client, as the servers of `oauth2-server` 3 to 5 expect it. */
export interface PromiseModelClient extends Omit<
  ClientInfo,
  'accessTokenLifetime' | 'refreshTokenLifetime'
> {
  /** The grant types that the client may use. */
  grants: string[]
  /** Seconds. Undefined means the server's default. */
  accessTokenLifetime?: number
  /** Seconds. Undefined means the server's default. */
  refreshTokenLifetime?: number
}

/** A user: an object with an `id` or an `_id`. The `id` is `null` if the client acts for itself. */
export interface PromiseModelUser {
  // oxlint-disable-next-line no-explicit-any -- the application's own properties
  [name: string]: any
}

/** A code to save. */
export interface PromiseModelNewCode<S extends string | string[]> {
  /** The code. Only its hash is stored. */
  authorizationCode: string
  /** When the code expires, unless its grant ends before. */
  expiresAt: Date
  /** The redirect URI of the authorization request (RFC 6749 4.1.3). */
  redirectUri: string
  /** The scope to grant, which the client may have. Undefined means none. */
  scope?: ScopeArgument<S> | undefined
  /** The challenge of RFC 7636 4.2, by S256. */
  codeChallenge?: string
  /** The method of the challenge. No other than `S256` is accepted. */
  codeChallengeMethod?: string
}

/** A code that was saved. */
export interface PromiseModelCode<S extends string | string[]> extends Omit<
  PromiseModelNewCode<S>,
  'scope'
> {
  /** The granted scope, without what the client has lost since then. */
  scope: S
  /** The client that the code was issued to. */
  client: PromiseModelClient
  /** The user who granted it. `getAuthorizationCode` returns a new object each time. */
  user: PromiseModelUser
}

/** Tokens to save. */
export interface PromiseModelNewToken<S extends string | string[]> {
  /** The access token. Only its hash is stored. */
  accessToken: string
  /** Required, except if the access tokens of the client never expire. */
  accessTokenExpiresAt?: Date
  /** The refresh token. Only its hash is stored, and nothing if the client may not refresh. */
  refreshToken?: string
  /** Required with a refresh token, except if those of the client never expire. */
  refreshTokenExpiresAt?: Date
  /** The scope of the access token. Undefined means none. */
  scope?: ScopeArgument<S> | undefined
  /** The code that the tokens are issued for. */
  authorizationCode?: string
}

/** Tokens that were saved. */
export interface PromiseModelToken<S extends string | string[]> {
  /** The access token. */
  accessToken: string
  /** From `saveToken`, undefined means never. From `getAccessToken`, it is the end of 9999. */
  accessTokenExpiresAt?: Date
  /** The refresh token, from `saveToken` only. Undefined if none was saved. */
  refreshToken?: string
  /** Undefined means never. */
  refreshTokenExpiresAt?: Date
  /** The scope of the access token. */
  scope: S
  /** From `getAccessToken`, only the `id` is filled in, and `grants` is empty. */
  client: Pick<PromiseModelClient, 'id' | 'grants'> & Partial<PromiseModelClient>
  /** The user of the tokens. */
  user: PromiseModelUser
}

/** A refresh token that is still valid. */
export interface PromiseModelRefreshToken<S extends string | string[]> {
  /** The refresh token. */
  refreshToken: string
  /** Undefined means never. */
  refreshTokenExpiresAt?: Date
  /** The scope of the grant, without what the client has lost since then. */
  scope: S
  /** The client that the refresh token was issued to. */
  client: PromiseModelClient
  /** The user of the grant, in a new object each time, which links the next tokens to it. */
  user: PromiseModelUser
}

/** A scope that a server passes. The published types of version 3 allow both forms. */
type ScopeArgument<S extends string | string[]> = S extends string ? string | string[] : S

/** What `getUser` and `getUserFromClient` resolve with if they find no user. */
type NoUser = null | undefined | false

/**
 * The model that `toPromiseModel` returns. `S` is the form of scopes: `string[]` for version 5 of the
 * server, `string` for versions 3 and 4. Each function resolves with `null` or `false` for an
 * argument of a wrong type, except those that save. They reject. `validateScope` and `verifyScope`
 * reject with an OptionError for a scope in the form of the other versions.
 */
export interface PromiseModel<S extends string | string[] = string[]> {
  /**
   * Resolves with the client. If `clientSecret` is `null`, as at the authorization endpoint, finds it
   * by its id alone. If it is missing or empty, finds public clients only (RFC 6749 2.3.1).
   */
  getClient(
    clientId: string,
    clientSecret: string | null | undefined,
  ): Promise<PromiseModelClient | null>
  /** Saves tokens, in the grant of the code or refresh token that they are issued for. */
  saveToken(
    token: PromiseModelNewToken<S>,
    client: { id: string },
    user: PromiseModelUser,
  ): Promise<PromiseModelToken<S>>
  /** Resolves with the token, expired or not, or with `null` if it is unknown or revoked. */
  getAccessToken(accessToken: string): Promise<PromiseModelToken<S> | null>
  /**
   * Resolves with the refresh token, expired or not, or with `null`. If it was redeemed more than
   * `refreshGrace` seconds ago, ends its grant first (RFC 9700 4.14.2).
   */
  getRefreshToken(refreshToken: string): Promise<PromiseModelRefreshToken<S> | null>
  /**
   * Redeems the refresh token, with the same results as `revokeAuthorizationCode`. An access token in
   * the same object is revoked too. Without a refresh token, revokes the access token only, and
   * resolves with whether it was valid.
   */
  revokeToken(token: { refreshToken?: string; accessToken?: string }): Promise<boolean>
  /**
   * Saves a code. Rejects if the client needs PKCE (RFC 7636) and the code has no S256 challenge, and
   * for any other method than S256.
   */
  saveAuthorizationCode(
    code: PromiseModelNewCode<S>,
    client: { id: string },
    user: PromiseModelUser,
  ): Promise<PromiseModelCode<S>>
  /**
   * Resolves with the code, expired or not, or with `null`. If it has been redeemed, ends its grant
   * first (RFC 6749 4.1.2).
   */
  getAuthorizationCode(authorizationCode: string): Promise<PromiseModelCode<S> | null>
  /**
   * Redeems the code. Resolves with true for exactly one of any number of callers, and with false for
   * all others.
   */
  revokeAuthorizationCode(code: { authorizationCode: string }): Promise<boolean>
  /** Resolves with the user with this name and password. */
  getUser(username: string, password: string, client?: unknown): Promise<PromiseModelUser | NoUser>
  /** Resolves with the user that a client_credentials token is for. Public clients have none. */
  getUserFromClient(client: { id: string }): Promise<PromiseModelUser | NoUser>
  /**
   * Resolves with the scope to grant: the requested one, or all scopes of the client if none was
   * requested. Resolves with false if the client may not have one of them (RFC 6749 3.3).
   */
  validateScope(user: unknown, client: { id: string }, scope?: ScopeArgument<S>): Promise<S | false>
  /** Resolves with whether the token has all of the needed scopes. */
  verifyScope(
    token: { scope?: ScopeArgument<S> | undefined },
    scope: ScopeArgument<S>,
  ): Promise<boolean>
  /** Resolves with whether the redirect URI is registered for the client (RFC 8252 7.3). */
  validateRedirectUri(redirectUri: string, client: { id: string }): Promise<boolean>
  /** Resolves with a new access token. Undefined without the option of this name. */
  generateAccessToken?(client: unknown, user: unknown, scope: S): Promise<string>
  /** Resolves with a new refresh token. Undefined without the option of this name. */
  generateRefreshToken?(client: unknown, user: unknown, scope: S): Promise<string>
  /** Resolves with a new code. Undefined without the option of this name. */
  generateAuthorizationCode?(client: unknown, user: unknown, scope: S): Promise<string>
}

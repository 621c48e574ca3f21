import type { IncomingMessage } from 'node:http'

/**
 * How a function of a 2.4 model answers: an error, or what was asked for. A function that returns a
 * promise may answer by that instead.
 */
export type Callback<T = unknown> = (error?: unknown, result?: T | null | false) => void

/** The request as a model sees it: the framework's own. */
// oxlint-disable-next-line no-explicit-any -- a 2.4 model reads whatever its framework and its middlewares put there
export type ModelRequest = IncomingMessage & Record<string, any>

/** What `getAccessToken` gives: the token is kept as `req.oauth.bearerToken`. */
export interface ModelAccessToken {
  /** `null` = never. */
  expires: Date | null
  /** Becomes `req.user`. */
  user?: unknown
  /** Becomes `req.user.id` where there is no `user`. */
  userId?: unknown
}

/** What `getClient` gives: it is kept as `req.oauth.client`. */
export interface ModelClient {
  clientId?: unknown
  /** One or several; needed for authorization codes only. */
  redirectUri?: string | string[]
}

/** What `getAuthCode` gives. */
export interface ModelCode {
  clientId: unknown
  expires: Date
  user?: unknown
  userId?: unknown
}

/** What `getRefreshToken` gives. */
export interface ModelRefreshToken {
  clientId: unknown
  /** `null` = never. */
  expires: Date | null
  user?: unknown
  userId?: unknown
}

/**
 * The callback contract of the 2.4 line. Each function is called with the model as `this`, and its
 * last argument is the callback; a function that returns a promise may leave the callback out.
 * Lifetimes come as `Date`, or `null` for "never".
 */
export interface Model {
  getAccessToken?(bearerToken: string, callback: Callback<ModelAccessToken>): unknown
  /** With a secret of `null`, the client is looked up by its id alone. */
  getClient?(
    clientId: string,
    clientSecret: string | null,
    callback: Callback<ModelClient | true>,
  ): unknown
  grantTypeAllowed?(clientId: string, grantType: string, callback: Callback<boolean>): unknown
  saveAccessToken?(
    accessToken: string,
    clientId: string,
    expires: Date | null,
    user: unknown,
    callback: Callback<void>,
  ): unknown
  /** For the authorization_code grant. */
  getAuthCode?(authCode: string, callback: Callback<ModelCode>): unknown
  /** For the authorization_code grant. */
  saveAuthCode?(
    authCode: string,
    clientId: string,
    expires: Date,
    user: unknown,
    callback: Callback<void>,
  ): unknown
  /** For the password grant. */
  getUser?(username: string, password: string, callback: Callback): unknown
  /** For the refresh_token grant. */
  saveRefreshToken?(
    refreshToken: string,
    clientId: string,
    expires: Date | null,
    user: unknown,
    callback: Callback<void>,
  ): unknown
  /** For the refresh_token grant. */
  getRefreshToken?(refreshToken: string, callback: Callback<ModelRefreshToken>): unknown
  /** Optional, for the refresh_token grant: called before the new tokens are made. */
  revokeRefreshToken?(refreshToken: string, callback: Callback<void>): unknown
  /**
   * For grant types that are URIs. A promise gives the user, or something falsy where the grant
   * type isn't supported.
   */
  extendedGrant?(
    grantType: string,
    request: ModelRequest,
    callback: (error?: unknown, supported?: boolean, user?: unknown) => void,
  ): unknown
  /** For the client_credentials grant. */
  getUserFromClient?(clientId: string, clientSecret: string, callback: Callback): unknown
  /**
   * Optional. A string is the token, something falsy means the default, an object with
   * `accessToken` or `refreshToken` is an earlier grant, issued again and not saved.
   */
  generateToken?(
    type: 'accessToken' | 'refreshToken' | 'authorization_code',
    request: ModelRequest,
    callback: Callback<string | { accessToken?: string; refreshToken?: string }>,
  ): unknown
}

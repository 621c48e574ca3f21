import type { IncomingMessage } from 'node:http'

/**
 * The callback of a 2.4 model function. It receives an error or the result. A function that returns
 * a promise may ignore the callback.
 */
export type Callback<T = unknown> = (error?: unknown, result?: T | null | false) => void

/** The request that a model receives: the framework's own request object. */
// oxlint-disable-next-line no-explicit-any -- 2.4 models read what frameworks and middlewares add
export type ModelRequest = IncomingMessage & Record<string, any>

/** The result of `getAccessToken`. The server sets it as `req.oauth.bearerToken`. */
export interface ModelAccessToken {
  /** `null` means never. */
  expires: Date | null
  /** Becomes `req.user`. */
  user?: unknown
  /** Becomes `req.user.id` if `user` is not set. */
  userId?: unknown
}

/** The result of `getClient`. The server sets it as `req.oauth.client`. */
export interface ModelClient {
  clientId?: unknown
  /** One or more redirect URIs. Required only for authorization codes. */
  redirectUri?: string | string[]
}

/** The result of `getAuthCode`. */
export interface ModelCode {
  clientId: unknown
  expires: Date
  user?: unknown
  userId?: unknown
}

/** The result of `getRefreshToken`. */
export interface ModelRefreshToken {
  clientId: unknown
  /** `null` means never. */
  expires: Date | null
  user?: unknown
  userId?: unknown
}

/**
 * The callback contract of version 2.4. The server calls each function with the model as `this` and
 * a callback as the last argument. A function that returns a promise may ignore the callback.
 * Expiry times are `Date` objects, or `null` for "never".
 */
export interface Model {
  getAccessToken?(bearerToken: string, callback: Callback<ModelAccessToken>): unknown
  /** If `clientSecret` is `null`, the client is looked up by its id alone. */
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
  /** Optional, for the refresh_token grant. Called before the new tokens are generated. */
  revokeRefreshToken?(refreshToken: string, callback: Callback<void>): unknown
  /**
   * For grant types that are URIs. A returned promise resolves with the user, or with a falsy value
   * if the grant type is not supported.
   */
  extendedGrant?(
    grantType: string,
    request: ModelRequest,
    callback: (error?: unknown, supported?: boolean, user?: unknown) => void,
  ): unknown
  /** For the client_credentials grant. */
  getUserFromClient?(clientId: string, clientSecret: string, callback: Callback): unknown
  /**
   * Optional. A string is the token. A falsy value selects the default generator. An object with
   * `accessToken` or `refreshToken` is an earlier token to issue again, which is not saved.
   */
  generateToken?(
    type: 'accessToken' | 'refreshToken' | 'authorization_code',
    request: ModelRequest,
    callback: Callback<string | { accessToken?: string; refreshToken?: string }>,
  ): unknown
}

/** The names of all functions of a model. */
export const modelFunctions = Object.keys({
  getAccessToken: true,
  getClient: true,
  grantTypeAllowed: true,
  saveAccessToken: true,
  getAuthCode: true,
  saveAuthCode: true,
  getUser: true,
  saveRefreshToken: true,
  getRefreshToken: true,
  revokeRefreshToken: true,
  extendedGrant: true,
  getUserFromClient: true,
  generateToken: true,
} satisfies Record<keyof Model, true>) as (keyof Model)[]

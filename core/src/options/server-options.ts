import type { Limiter } from '../contract/limiter'
import type { Model, ModelRequest } from '../contract/model'
import type { Store } from '../contract/store'
import type { Passwords } from '../crypto/password'
import type { OAuth2Error } from '../errors/errors'
import type { Values } from '../http/request'
import type { ProfileName } from '../profile'

/** The users of the application, which replace the users of the store. */
export interface Users {
  /**
   * Resolves with the user with this name and password, or with `null` (password grant). It should
   * take the same time for an unknown name as for a wrong password.
   */
  authenticate?(username: string, password: string): Promise<{ id: string | number } | null>
  /**
   * Resolves with the value of `req.user` after `authorise()`, or with `null` if the user no longer
   * exists. Without this function, `req.user` is `{ id }`.
   */
  find?(id: string): Promise<unknown>
}

/** The options for both a store and a model of the 2.4 line. Lifetimes are in seconds. */
export interface CommonOptions {
  /** The set of rules. @default 'oauth2.1' on a store, 'v2' on a 2.4 model */
  profile?: ProfileName
  /** The enabled grant types. @default all but `password` in 'oauth2.1', none in 'v2' */
  grants?: readonly string[]
  /** The public URL of this server (RFC 8414 2). Required in 'oauth2.1' for authorization codes. */
  issuer?: string
  /**
   * The URIs of the protected resources that tokens may be for (RFC 8707). A request without the
   * parameter `resource` is for all of them. Only in 'oauth2.1'. @default none, and the parameter
   * `resource` is ignored
   */
  resources?: readonly string[]
  /** The lifetime of an access token in seconds. `null` means unlimited. @default 3600 */
  accessTokenLifetime?: number | null
  /**
   * The lifetime of an unused refresh token in seconds. `null` means unlimited. @default 1209600
   */
  refreshTokenLifetime?: number | null
  /** The lifetime of an authorization code in seconds. @default 30 */
  authCodeLifetime?: number | null
  /**
   * The pattern of valid client ids. @default /^[a-z0-9-_]{3,40}$/i in 'v2', /^[\x21-\x7e]{1,255}$/
   * in 'oauth2.1'
   */
  clientIdRegex?: RegExp
  /** Reports errors to the console (`true`) or to a function. @default false */
  debug?: boolean | ((error: OAuth2Error) => void)
  /** Whether errors are passed to the error handler of the application. @default false */
  passthroughErrors?: boolean
  /** Whether `next()` is called after an endpoint has responded. @default false */
  continueAfterResponse?: boolean
  /** The timeout of each call of a store or model, in milliseconds. @default 5000 */
  storeTimeout?: number
  /**
   * Limits the number of wrong client secrets and passwords, such as `memoryLimiter()`. Above the
   * limit, the response is a 429. @default none
   */
  limiter?: Limiter
  /**
   * Returns the client address of a request, for the limiter and the events. With `fetch()`, the
   * request is a web-standard one. @default `req.ip` of Express, else the socket's
   */
  clientAddress?(request: ModelRequest): string | undefined
  /** The clock, in milliseconds since the epoch. @default Date.now */
  now?: () => number
}

/** The options that need a store. Lifetimes are in seconds. */
export interface StoreOnlyOptions {
  /**
   * The maximum lifetime of a grant in seconds, including all refreshes. `null` means unlimited.
   * @default null
   */
  grantLifetime?: number | null
  /**
   * Seconds during which a repeated refresh gets the same response again. 0 disables this. Stores
   * only. @default 10
   */
  refreshGrace?: number
  /**
   * The maximum number of refreshes of a grant per hour. Above it, the response is a 429 with
   * `Retry-After`. This limits the size of a grant in the database, because each redeemed refresh
   * token is kept until its expiry. `null` means no limit. Stores only. @default 60
   */
  rotationsPerHour?: number | null
  /**
   * Whether confidential clients need PKCE, as public ones do. Only in 'oauth2.1'. @default true
   */
  requirePkce?: boolean
  /** The users of the application. Stores only. @default the store's own users */
  users?: Users
  /** The functions that hash passwords and chosen client secrets. Stores only. @default scrypt */
  passwords?: Passwords
  /**
   * Returns a token with at least 128 random bits. If it returns a falsy value, the server
   * generates 40 hexadecimal characters.
   */
  generateToken?(
    type: 'accessToken' | 'refreshToken' | 'authorization_code',
    request: ModelRequest,
  ): string | null | undefined | Promise<string | null | undefined>
  /**
   * Returns the user of an extension grant, or `null` if the grant type is not supported. `form`
   * has the unvalidated parameters. Stores only, because a model has its own `extendedGrant`.
   */
  extendedGrant?(
    grantType: string,
    request: ModelRequest,
    form: Values,
  ): { id: string | number } | null | Promise<{ id: string | number } | null>
}

/** The options of `oauthserver()` on a store. */
export interface StoreOptions extends CommonOptions, StoreOnlyOptions {
  /** The store of clients, codes and tokens. */
  store: Store
  model?: undefined
}

/** The options of `oauthserver()` on a store that is passed as `model`, as in the 2.4 line. */
export interface StoreAsModelOptions extends CommonOptions, StoreOnlyOptions {
  /** The store of clients, codes and tokens. */
  model: Store
  store?: undefined
}

/** The options of `oauthserver()` on a model of the 2.4 line. */
export interface ModelOptions
  extends CommonOptions, Partial<Record<keyof StoreOnlyOptions, undefined>> {
  /** A model of the 2.4 line. */
  model: Model
  store?: undefined
  profile?: 'v2'
}

/** The options of `oauthserver()`. Either `store` or `model` is required. */
export type Options = StoreOptions | StoreAsModelOptions | ModelOptions

/** All options in one type, for reading them. */
export interface AnyOptions extends CommonOptions, StoreOnlyOptions {
  store?: Store
  model?: Store | Model
}

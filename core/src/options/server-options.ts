import type { Limiter } from '../contract/limiter'
import type { Model, ModelRequest } from '../contract/model'
import type { Store } from '../contract/store'
import type { Passwords } from '../crypto/password'
import type { OAuth2Error } from '../errors/errors'
import type { Values } from '../http/request'
import type { ProfileName } from '../profile'

/** Whose tokens these are: the users of the application, in place of the store's own. */
export interface Users {
  /**
   * The user with that name and password, or `null` (password grant). It should take as long for an
   * unknown name as for a wrong password.
   */
  authenticate?(username: string, password: string): Promise<{ id: string | number } | null>
  /**
   * What becomes `req.user` behind `authorise()`, or `null` if the user is gone. Without it,
   * `req.user` is `{ id }`.
   */
  find?(id: string): Promise<unknown>
}

/** The options that both a store and a model of the 2.4 line go with. Lifetimes are in seconds. */
export interface CommonOptions {
  /** The rules in force. @default 'oauth2.1' on a store, 'v2' on a 2.4 model */
  profile?: ProfileName
  /** The grant types on offer. @default all but `password` in 'oauth2.1', none in 'v2' */
  grants?: readonly string[]
  /** The public URL of this server (RFC 8414 2). Needed in 'oauth2.1' for authorization codes. */
  issuer?: string
  /**
   * The URIs of the protected resources that tokens may be for (RFC 8707); a request that names
   * none is for all of them. In 'oauth2.1'. @default none, and the parameter `resource` is ignored
   */
  resources?: readonly string[]
  /** Seconds an access token lives; `null` = for ever. @default 3600 */
  accessTokenLifetime?: number | null
  /** Seconds a refresh token lives if it isn't used; `null` = for ever. @default 1209600 */
  refreshTokenLifetime?: number | null
  /** Seconds an authorization code lives. @default 30 */
  authCodeLifetime?: number | null
  /**
   * What a client id looks like. @default /^[a-z0-9-_]{3,40}$/i in 'v2', /^[\x21-\x7e]{1,255}$/ in
   * 'oauth2.1'
   */
  clientIdRegex?: RegExp
  /** Where errors go: to the console (`true`), or to a function. @default false */
  debug?: boolean | ((error: OAuth2Error) => void)
  /** Whether errors are left to the application's own error handler. @default false */
  passthroughErrors?: boolean
  /** Whether `next()` is called after an endpoint has answered. @default false */
  continueAfterResponse?: boolean
  /** Milliseconds until a store or model that doesn't answer is given up. @default 5000 */
  storeTimeout?: number
  /**
   * Limits how often client secrets and passwords may be wrong, such as `memoryLimiter()`; beyond
   * it the answer is a 429. @default none
   */
  limiter?: Limiter
  /**
   * The address that a request came from, for the limiter and the events; behind `fetch()` the
   * request is a web-standard one. @default `req.ip` of Express, else the socket's
   */
  clientAddress?(request: ModelRequest): string | undefined
  /** The clock, in milliseconds since the epoch. @default Date.now */
  now?: () => number
}

/** The options that need a store. Lifetimes are in seconds. */
export interface StoreOnlyOptions {
  /**
   * Seconds until a grant ends, however often it is refreshed; `null` = never.
   * @default null
   */
  grantLifetime?: number | null
  /**
   * Seconds in which a repeated refresh gets the same answer again; 0 = none. Stores only. @default
   * 10
   */
  refreshGrace?: number
  /**
   * How often a grant may be refreshed within an hour; more is a 429 with `Retry-After`. It bounds what
   * a grant takes in the database, since each redeemed refresh token is remembered until it would have
   * expired. `null` = no limit. Stores only. @default 60
   */
  rotationsPerHour?: number | null
  /** Whether confidential clients need PKCE too, as public ones do. In 'oauth2.1'. @default true */
  requirePkce?: boolean
  /** The users of the application. Stores only. @default the store's own users */
  users?: Users
  /** How passwords and chosen client secrets are hashed. Stores only. @default scrypt */
  passwords?: Passwords
  /**
   * Makes a token of at least 128 random bits; falsy = 40 hex characters.
   */
  generateToken?(
    type: 'accessToken' | 'refreshToken' | 'authorization_code',
    request: ModelRequest,
  ): string | null | undefined | Promise<string | null | undefined>
  /**
   * The user of an extension grant, or `null` = not supported; `form` are the parameters as they
   * came. Stores only: a model has its own.
   */
  extendedGrant?(
    grantType: string,
    request: ModelRequest,
    form: Values,
  ): { id: string | number } | null | Promise<{ id: string | number } | null>
}

/** The options of `oauthserver()` on a store. */
export interface StoreOptions extends CommonOptions, StoreOnlyOptions {
  /** Where clients, codes and tokens are kept. */
  store: Store
  model?: undefined
}

/** The same, with the name of the 2.4 line. */
export interface StoreAsModelOptions extends CommonOptions, StoreOnlyOptions {
  /** Where clients, codes and tokens are kept. */
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

/** The options of `oauthserver()`: `store` or `model` is needed. */
export type Options = StoreOptions | StoreAsModelOptions | ModelOptions

/** All options together, as they are read. */
export interface AnyOptions extends CommonOptions, StoreOnlyOptions {
  store?: Store
  model?: Store | Model
}

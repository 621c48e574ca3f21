import type { Limiter } from '../contract/limiter'
import type { Model, ModelRequest } from '../contract/model'
import type { AccessTokenFormat, ClientInfo, JsonWebKeySet, Store } from '../contract/store'
import type { SignedInUser } from '../contract/user-id'
import type { PrivateKeys } from '../crypto/key-set'
import type { Passwords } from '../crypto/password'
import type { OAuth2Error } from '../errors/errors'
import type { Values } from '../http/request'
import type { ProfileName } from '../profile'
import type { AssertionClaims } from '../protocol/assertion'
import type { ClientMetadataOptions } from './client-metadata'
import type { DpopOptions } from './dpop-options'
import type { RegistrationOptions } from './registration-options'

/** A protected resource that tokens may be for, with its own settings. */
export interface ProtectedResource {
  /** Its URI (RFC 8707 2). */
  resource: string
  /** The format of access tokens for it. @default that of the server */
  accessTokenFormat?: AccessTokenFormat
}

/** The users of the application, which replace the users of the store. */
export interface Users {
  /**
   * Resolves with the user with this name and password, or with `null` (password grant). It should
   * take the same time for an unknown name as for a wrong password.
   */
  authenticate?(username: string, password: string): Promise<SignedInUser | null>
  /**
   * Resolves with the value of `req.user` after `authorise()`, or with `null` if the user no longer
   * exists. `undefined` is an error, because it probably means a missing `return`. Without this
   * function, `req.user` is `{ id }`.
   */
  find?(id: string): Promise<unknown>
}

/** Members of a response, serializable with `JSON.stringify`. */
export type Claims = Record<string, unknown>

/** What a hook about tokens receives. */
export interface HookContext {
  client: ClientInfo
  /**
   * The user as `authenticate`, `users.authenticate`, `users.find` or `extendedGrant` returned it,
   * or else `{ id }`. `null` if the client acts for itself.
   */
  // oxlint-disable-next-line no-explicit-any -- the application's own properties
  user: (SignedInUser & Record<string, any>) | null
  scopes: string[]
  /** The request of the framework. */
  request: ModelRequest
}

/** What the hook `scopes` receives. */
export interface ScopesContext extends HookContext {
  /** The grant type, such as `authorization_code`; also for an authorization request. */
  grantType: string
}

/** What the hook `claims` receives. */
export interface ClaimsContext extends HookContext {
  grantType: string
  /** The resources that the token is for (RFC 8707). Undefined means any. */
  resource: readonly string[] | undefined
  grant: {
    id: string
    /** The `metadata` that the hook `consent` returned. */
    metadata: Record<string, unknown> | undefined
  }
}

/** What `generateToken` receives about the token. */
export interface TokenContext extends Omit<HookContext, 'request'> {
  /** `null` means never. */
  expiresAt: Date | null
  grantId: string
}

/** An issuer whose assertions are accepted as grants (RFC 7523 2.1). */
export interface TrustedIssuer {
  /** The `iss` of its assertions. */
  issuer: string
  /** Its public keys (RFC 7517 5). Either `jwks` or `jwksUri` is required. */
  jwks?: JsonWebKeySet
  /** The https URL where it publishes its keys. They are fetched and cached. */
  jwksUri?: string
  /**
   * Returns the user that an assertion is about, or `null` to refuse it. `sub` alone identifies a user
   * of the issuer, not one of yours.
   */
  user(
    claims: AssertionClaims,
    about: AssertionContext,
  ): SignedInUser | null | Promise<SignedInUser | null>
  /** The algorithms of its signatures. @default all that the server verifies */
  algorithms?: readonly string[]
  /**
   * The values of `aud` to accept, such as the URL of the token endpoint. @default the option `issuer`
   */
  audience?: string | readonly string[]
  /** Whether each assertion is accepted only once, by its `jti`. @default true */
  singleUse?: boolean
}

/** What the function `user` of a trusted issuer receives, besides the claims. */
export interface AssertionContext {
  /** The client that presents the assertion. */
  client: ClientInfo
  /** The request of the framework. */
  request: ModelRequest
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
   * Whether the issuer may use plain http on a host that is not loopback, such as `http://auth:3000`
   * in Docker. Codes and tokens can then be read in the network, so a warning is emitted.
   * @default false
   */
  allowInsecureIssuer?: boolean
  /**
   * Whether a public client may use any port of a registered redirect URI with the host `localhost`,
   * as it may with `127.0.0.1` and `[::1]` (RFC 8252 7.3 and 8.3). Only in 'oauth2.1'.
   * @default false
   */
  anyLocalhostPort?: boolean
  /**
   * The protected resources that tokens may be for (RFC 8707): their URIs, or objects with the URI
   * and settings. A request without the parameter `resource` is for all of them. Only in 'oauth2.1'.
   * @default none, and the parameter `resource` is ignored
   */
  resources?: readonly (string | ProtectedResource)[]
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
  /**
   * Reports every error that a client gets to the console (`true`) or to a function. Left out, only
   * a `server_error` or a 503 is reported, as a process warning with the place of the error, unless
   * `oauth.events` has a listener for `server.error`. `false` reports nothing.
   */
  debug?: boolean | ((error: OAuth2Error) => void)
  /** Whether errors are passed to the error handler of the application. @default false */
  passthroughErrors?: boolean
  /** Whether `next()` is called after an endpoint has responded. @default false */
  continueAfterResponse?: boolean
  /**
   * The timeout of each call of a store, a model, a limiter or a function among the options, in
   * milliseconds. @default 5000
   */
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
   * The private keys that sign access tokens: an array of JWKs, `KeyObject`s or `CryptoKey`s, a JWK
   * Set, or a function that returns one of them, such as `keysFromFile(path)`. The first key without
   * `exp` signs. The public halves of all are published at `/jwks`. A function is called again every
   * minute; if it fails, the last keys stay in use. Only in 'oauth2.1', with an `issuer`.
   * @default none
   */
  keys?: PrivateKeys | (() => PrivateKeys | Promise<PrivateKeys>)
  /**
   * The format of access tokens: random text that only this server can check, or a JWT that others
   * can verify with the public keys (RFC 9068). A resource and a client can have their own. `'jwt'`
   * needs `keys`. @default 'opaque'
   */
  accessTokenFormat?: AccessTokenFormat
  /**
   * The lifetime of a device code and its user code in seconds (RFC 8628 3.2): a whole number of at most
   * 86400. @default 600
   */
  deviceCodeLifetime?: number
  /**
   * The URL that a device shows to its user (RFC 8628 3.2). Set it if a shorter URL of yours shows or
   * redirects to the endpoint `device`, which then must keep the parameter `user_code`. Only in
   * 'oauth2.1', with the grant type `urn:ietf:params:oauth:grant-type:device_code`.
   * @default the URL of the endpoint `device`
   */
  verificationUri?: string
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
  /**
   * Whether every authorization request must be pushed first (RFC 9126 5). A client can have the same
   * setting. Only in 'oauth2.1'. @default false
   */
  requirePushedAuthorizationRequests?: boolean
  /**
   * Whether a client that sends a DPoP proof gets tokens that only the holder of its key can use
   * (RFC 9449). An object sets details. Only in 'oauth2.1', and with an issuer or the function `url`.
   * Stores only. @default true with an issuer, false without
   */
  dpop?: boolean | DpopOptions
  /**
   * Accepts clients whose id is the https URL of a Client ID Metadata Document, which describes them
   * (draft-ietf-oauth-client-id-metadata-document). No store keeps such a client, only its grants. Only
   * in 'oauth2.1', with the grant type `authorization_code`. @default none, and such ids are unknown
   */
  clientMetadata?: ClientMetadataOptions
  /** The users of the application. Stores only. @default the store's own users */
  users?: Users
  /** The functions that hash passwords and chosen client secrets. Stores only. @default scrypt */
  passwords?: Passwords
  /**
   * Returns the scopes that the user or client may have now: all or a part of `scopes`. Called for
   * every grant type, before the consent page and before tokens are issued, refreshes included. A
   * scope that is removed in a refresh comes back in the next one if it is returned again. If none
   * is left, the response is an `invalid_scope` (RFC 6749 3.3). Stores only. @default all of them
   */
  scopes?(about: ScopesContext): readonly string[] | Promise<readonly string[]>
  /**
   * Returns members that are added to the token response (RFC 6749 5.1) and to the introspection
   * response of the access token (RFC 7662 2.2), and to signed access tokens. They are stored with
   * the token and are not secret. Members that these RFCs and RFC 7519 4.1 define must not be
   * returned. `acr`, `amr` and `authorization_details` may be. Stores only.
   * @default none
   */
  claims?(about: ClaimsContext): Claims | null | Promise<Claims | null>
  /**
   * Returns a token with at least 128 random bits. If it returns `null`, the server generates 40
   * hexadecimal characters. Not called for signed access tokens.
   */
  generateToken?(
    type: 'accessToken' | 'refreshToken' | 'authorization_code',
    request: ModelRequest,
    about: TokenContext,
  ): string | null | Promise<string | null>
  /**
   * Returns the user of an extension grant, or `null` if the grant type is not supported. `form`
   * has the unvalidated parameters. Stores only, because a model has its own `extendedGrant`.
   */
  extendedGrant?(
    grantType: string,
    request: ModelRequest,
    form: Values,
  ): SignedInUser | null | Promise<SignedInUser | null>
  /**
   * The issuers whose assertions users may present in place of a code (RFC 7523 2.1). `grants` must
   * contain `urn:ietf:params:oauth:grant-type:jwt-bearer`. Only in 'oauth2.1'. @default none
   */
  trustedIssuers?: readonly TrustedIssuer[]
  /**
   * Fetches the JSON document at a `jwksUri`, and resolves with its value. It replaces the built-in
   * https client, which connects to public addresses only. It must not follow redirects to URLs that
   * clients choose. The result is cached. Only in 'oauth2.1'. @default a client for https on the public internet
   */
  fetchJwks?(url: string): Promise<unknown>
  /**
   * Lets clients register themselves (RFC 7591): who may, and what they may have. Only in 'oauth2.1',
   * with an `issuer`. @default none, and clients cannot register themselves
   */
  registration?: RegistrationOptions
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

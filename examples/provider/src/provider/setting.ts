import type { AccessTokenFormat, Limiter, OAuth2Server, Options, Store } from '@oauth2-kit/core'
import type { RequestHandler } from 'express'
import type { Log } from './log.js'

/** A store that keeps users too. */
export type UserStore = Store &
  Required<
    Pick<
      Store,
      'getUser' | 'getUserByUsername' | 'createUser' | 'updateUser' | 'deleteUser' | 'listUsers'
    >
  >

/** A store that is ready for use, and how to close it. */
export interface OpenStore {
  store: UserStore
  /** Counts for all processes. Undefined means that each process counts on its own. */
  limiter?: Limiter
  close: () => Promise<unknown>
}

/** What the consent page says about a scope. */
export interface ScopeText {
  title: string
  detail: string
}

/** The settings and services that all parts of the provider use. */
export interface Setting {
  /** The name of this provider on its pages. */
  name: string
  /** The URL of this provider: an origin, without a path. */
  issuer: string
  /** The folder with `views` and `public`. */
  root: string
  store: UserStore
  /** How long a request waits for the store, in milliseconds; after that, the response is a 503. */
  storeTimeout: number
  log: Log
  /** Limits wrong secrets and passwords. Undefined means no limit. */
  limiter?: Limiter | undefined
  /** The grant types that clients may use. */
  grants: string[]
  /** The scopes that clients may request. */
  scopes: Readonly<Record<string, ScopeText>>
  /** The resources that tokens may be for, as in the core. Undefined means the issuer alone. */
  resources?: Options['resources']
  /** As in the core. */
  anyLocalhostPort?: boolean | undefined
  /**
   * Whether every client must push its authorization requests (RFC 9126), as in the core. Undefined
   * means that it may, and that a client can be registered as one that must.
   */
  requirePushedAuthorizationRequests?: boolean | undefined
  /** Returns further APIs of this provider, which check the tokens themselves. */
  api?: ((oauth: OAuth2Server, setting: Setting) => RequestHandler) | undefined
  /** Sign access tokens, as in the core. Undefined means that no token is signed. */
  keys?: Options['keys']
  /** Whether access tokens are random text or signed. Undefined means random text. */
  accessTokenFormat?: AccessTokenFormat | undefined
  /** Which clients with metadata documents are accepted, as in the core. Undefined means none. */
  clientMetadata?: Options['clientMetadata']
  /** The issuers of assertions that clients may exchange for tokens. Undefined means none. */
  trustedIssuers?: Options['trustedIssuers']
  /** How tokens are bound to keys, as in the core. Undefined means its defaults. */
  dpop?: Options['dpop']
  /** How clients may register themselves, as in the core. Undefined means that they cannot. */
  registration?: Options['registration']
  /** In seconds, as in the core. Undefined means the core's default. */
  refreshGrace?: number | undefined
  /** Sign the session cookie. The first one signs; a cookie signed with any of them is valid. */
  sessionSecrets: string[]
  /** Whether a user is not asked again for scopes that the application was already granted. */
  rememberConsent: boolean
  /** The username of the administrator. Undefined means that nobody may open `/admin`. */
  admin?: string | undefined
  /** The origins of applications that run in a browser and call the endpoints or the API. */
  origins: string[]
  /** A line below the sign-in form, such as where to get an account. */
  signInHint?: string | undefined
}

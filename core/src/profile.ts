import { withCode } from './errors/error-code'
import { amended, headersOf } from './errors/amend-error'
import {
  InvalidClientError,
  InvalidRequestError,
  MissingTokenError,
  type OAuth2Error,
  ServerError,
  TemporarilyUnavailableError,
  TooManyRequestsError,
  UnauthorizedClientError,
  UnsupportedGrantTypeError,
  UnsupportedResponseTypeError,
} from './errors/errors'
import { described } from './values/described'
import type { OAuthRequest, Values } from './http/request'
import { bearerToken, bearerTokenV2 } from './protocol/bearer-token'
import {
  type ClientParameters,
  clientCredentials,
  clientCredentialsV2,
} from './protocol/client-authentication'
import { longestText, plainText } from './protocol/plain-text'
import { narrowScope, presentScopes } from './protocol/scope'
import { type RegisteredFor, isRegisteredRedirectUri } from './protocol/redirect-uri'
import type { ClientCredentials } from './protocol/client-authentication'

/**
 * `'v2'`: what the 2.4 line does on the wire. `'oauth2.1'`: what OAuth 2.1 and RFC 9700 ask for.
 */
export type ProfileName = 'v2' | 'oauth2.1'

/** What a challenge tells about the resource, beside the error. */
export interface Challenge {
  /** The scopes that it needs, with spaces between. */
  scope?: string
  /** Where its metadata is (RFC 9728). */
  metadata?: string
}

/** Every rule that differs between the profiles. */
export interface Profile {
  readonly name: ProfileName

  // What is on offer
  /** The grant types, where the option is left out. */
  readonly grants: readonly string[]
  /** Whether a grant type that is a URI needs no entry among the grant types. */
  readonly anyExtension: boolean
  readonly clientIdRegex: RegExp
  /** Whether the answer of the token endpoint names the scope. */
  readonly answersScope: boolean
  /** Whether PKCE is offered (RFC 7636), and a code bound to its challenge. */
  readonly pkce: boolean
  /** Whether a code is bound to the redirect URI of its request (RFC 6749 4.1.3). */
  readonly bindsRedirectUri: boolean
  /** Whether only a client that may use codes may ask for one (RFC 6749 4.1.2.1). */
  readonly refusesCodesEarly: boolean
  /** Whether a code is issued for a user only. */
  readonly needsUser: boolean
  /** Whether a refresh token goes with the answer to an assertion (RFC 7521 4.1). */
  readonly refreshesAssertions: boolean
  /** Whether a refresh token goes with a client's own token. */
  readonly refreshesClientCredentials: boolean
  readonly tokenType: 'bearer' | 'Bearer'
  /** Whether a client may be public, and have no secret. */
  readonly publicClients: boolean
  /** Whether `resource`, `prompt` and `max_age` are read, which 2.4 ignores. */
  readonly extensions: boolean
  /** Whether a page can't be framed, and a script may read the challenge of a resource. */
  readonly hardensHeaders: boolean

  // How requests are read
  clientCredentials(
    request: OAuthRequest,
    form: ClientParameters,
    clientIdRegex: RegExp,
  ): ClientCredentials
  bearerToken(request: OAuthRequest): string
  /** The scope of a new grant: `allowed` is `null` if the client may ask for any. */
  scope(asked: string | undefined, allowed: readonly string[] | null): string
  /** The scope of refreshed tokens: never wider than that of the grant. */
  refreshedScope(
    asked: string | undefined,
    granted: string,
    allowed: readonly string[] | null,
  ): string
  isRegisteredRedirectUri(asked: string, client: RegisteredFor): boolean
  hasExpired(expiresAt: number | null, now: number): boolean

  // How the authorization endpoint answers
  isAuthorizationMethod(method: string): boolean
  /** Whether an authorization request may not leave out the redirect URI. */
  readonly needsRedirectUri: boolean
  /** Whether a wrong response type is told to the client, or to the user. */
  readonly redirectsResponseType: boolean
  wrongResponseType(responseType: string | undefined): OAuth2Error
  /**
   * Whether the client is told what is wrong with its request once the user is signed in (RFC 9700
   * 4.11.2), or the one who asks is told at once.
   */
  readonly redirectsMalformed: boolean
  /**
   * Whether `next(null, allowed)` of a function `check(req, next)` allows. Throws a `server_error`
   * where that is not known.
   */
  allows(allowed?: unknown): boolean
  /** Where a parameter of an authorization request may stand, in the order of the search. */
  authorizationSources(query: Values, body: Values, name: string): Values[]
  redirectStatus(method: string): number
  /** Whether a redirect names the issuer. */
  readonly sendsIssuer: boolean
  /** What a redirect says about an error. */
  errorParameters(error: OAuth2Error): Record<string, string>

  // Errors
  /** Whether the middlewares answer with an error themselves, or leave that to `errorHandler()`. */
  readonly answersErrors: boolean
  unsupportedGrantType(grantType: string | undefined): OAuth2Error
  unsupportedExtension(): OAuth2Error
  unauthorizedGrantType(): OAuth2Error
  missingUserCredentials(): OAuth2Error
  unknownClient(): OAuth2Error
  /** Something of the application or its database failed. */
  unavailable(cause: unknown): OAuth2Error
  /**
   * The error with the status and headers that it has at the server's own endpoints;
   * `authenticatesClients` where a client proves who it is.
   */
  atEndpoint(error: OAuth2Error, authenticatesClients: boolean): OAuth2Error
  /** The same, where a resource is protected; `about` goes into the challenge. */
  atResource(error: OAuth2Error, about?: Challenge): OAuth2Error
  errorBody(error: OAuth2Error): object
}

const invalidGrantType = 'Invalid or missing grant_type parameter'
const wrongResponseType = 'Invalid response_type parameter (must be "code")'
const missingUserCredentials = 'Missing parameters. "username" and "password" are required'
// Seconds. A database that is back after a restart or a failover is back soon.
const retryAfter = '1'

const v2: Profile = {
  name: 'v2',
  grants: [],
  anyExtension: true,
  clientIdRegex: /^[a-z0-9-_]{3,40}$/i,
  answersScope: false,
  pkce: false,
  bindsRedirectUri: false,
  refusesCodesEarly: false,
  needsUser: false,
  refreshesAssertions: true,
  refreshesClientCredentials: true,
  tokenType: 'bearer',
  publicClients: false,
  extensions: false,
  hardensHeaders: false,

  clientCredentials: clientCredentialsV2,
  bearerToken: bearerTokenV2,
  scope: () => '',
  refreshedScope: (_asked, granted) => granted,
  isRegisteredRedirectUri: (asked, { redirectUris }) => redirectUris.includes(asked),
  hasExpired: (expiresAt, now) => expiresAt !== null && !(expiresAt >= now),

  isAuthorizationMethod: () => true,
  needsRedirectUri: true,
  redirectsResponseType: false,
  wrongResponseType: () => new InvalidRequestError(wrongResponseType),
  redirectsMalformed: false,
  allows: Boolean,
  authorizationSources: (query, body, name) => (name === 'state' ? [query] : [body, query]),
  redirectStatus: () => 302,
  sendsIssuer: false,
  errorParameters: ({ error, error_description, code }) => ({
    error: shortTextOf(error),
    error_description: shortTextOf(error_description),
    code: typeof code === 'number' ? String(code) : shortTextOf(code),
  }),

  answersErrors: false,
  unsupportedGrantType: () => new InvalidRequestError(invalidGrantType),
  unsupportedExtension: () =>
    new InvalidRequestError('Invalid grant_type parameter or parameter missing'),
  unauthorizedGrantType: () =>
    new InvalidClientError('The grant type is unauthorised for this client_id'),
  missingUserCredentials: () => new InvalidClientError(missingUserCredentials),
  unknownClient: () => new InvalidClientError('Invalid client credentials'),
  unavailable: (cause) => withHeader(new ServerError(null, cause), 'Retry-After', retryAfter),
  atEndpoint: (error) => error,
  atResource: (error) => error,
  // As 2.4 writes it, in all characters.
  errorBody: ({ code, error, error_description }) => ({
    code,
    error: textOf(error),
    error_description: textOf(error_description),
  }),
}

const oauth21: Profile = {
  name: 'oauth2.1',
  grants: ['authorization_code', 'refresh_token', 'client_credentials'],
  anyExtension: false,
  // RFC 6749 A.1, without the space.
  clientIdRegex: /^[\x21-\x7e]{1,255}$/,
  answersScope: true,
  pkce: true,
  bindsRedirectUri: true,
  refusesCodesEarly: true,
  needsUser: true,
  refreshesAssertions: false,
  // RFC 6749 4.4.3
  refreshesClientCredentials: false,
  tokenType: 'Bearer',
  publicClients: true,
  extensions: true,
  hardensHeaders: true,

  clientCredentials,
  bearerToken,
  scope: narrowScope,
  refreshedScope: (asked, granted, allowed) => narrowScope(asked, presentScopes(granted, allowed)),
  isRegisteredRedirectUri,
  // What is no time at all has ended.
  hasExpired: (expiresAt, now) => expiresAt !== null && !(expiresAt > now),

  // RFC 6749 3.1
  isAuthorizationMethod: (method) => method === 'GET' || method === 'POST',
  needsRedirectUri: false,
  redirectsResponseType: true,
  wrongResponseType: (responseType) =>
    responseType === undefined
      ? new InvalidRequestError(wrongResponseType)
      : new UnsupportedResponseTypeError(wrongResponseType),
  redirectsMalformed: true,
  allows(allowed = false) {
    if (typeof allowed === 'boolean') return allowed
    const cause = `next(error, allowed, user) needs true or false, and got ${described(allowed)}`
    throw new ServerError(null, withCode('OAUTH2_KIT_HOOK', new TypeError(cause)))
  },
  // One request, one place: the form of a consent page comes back with fields of its own.
  authorizationSources: (query, body) => ['client_id' in query ? query : body],
  // RFC 9700 4.12: the browser must not send the form on.
  redirectStatus: (method) => (method === 'POST' ? 303 : 302),
  // RFC 9207 2
  sendsIssuer: true,
  errorParameters: ({ error, error_description }) => ({
    error: plainText(error) || 'server_error',
    error_description: plainText(error_description),
  }),

  answersErrors: true,
  unsupportedGrantType: (grantType) =>
    grantType === undefined
      ? new InvalidRequestError(invalidGrantType)
      : new UnsupportedGrantTypeError(),
  unsupportedExtension: () => new UnsupportedGrantTypeError(),
  unauthorizedGrantType: () =>
    new UnauthorizedClientError('The client may not use this grant type'),
  missingUserCredentials: () => new InvalidRequestError(missingUserCredentials),
  unknownClient: () => new InvalidRequestError('The client is unknown'),
  unavailable: (cause) =>
    withHeader(new TemporarilyUnavailableError(null, cause), 'Retry-After', retryAfter),

  atEndpoint(error, authenticatesClients) {
    if (error instanceof TooManyRequestsError) return error
    const code = statusOf(error)
    const { 'WWW-Authenticate': _, ...headers } = headersOf(error)
    // RFC 9110 15.5.2: every 401 has a challenge. A browser that shows a page has no use for it.
    if (code === 401 && authenticatesClients) headers['WWW-Authenticate'] = 'Basic realm="Service"'
    return amended(error, code, headers)
  },

  atResource(error, about = {}) {
    const code = error instanceof MissingTokenError ? 401 : statusOf(error)
    const headers = headersOf(error)
    if (code < 500) headers['WWW-Authenticate'] = bearerChallenge(error, about)
    return amended(error, code, headers)
  },

  errorBody(told) {
    const error = plainText(told.error)
    return error ? { error, error_description: plainText(told.error_description) } : {}
  },
}

/** The statuses of RFC 6749 5.2, RFC 6750 3.1 and RFC 8707 2. */
const statuses: Readonly<Record<string, number | undefined>> = {
  __proto__: null as never,
  access_denied: 403,
  consent_required: 403,
  insufficient_scope: 403,
  invalid_client: 401,
  invalid_grant: 400,
  invalid_request: 400,
  invalid_scope: 400,
  invalid_target: 400,
  invalid_token: 401,
  login_required: 401,
  server_error: 500,
  temporarily_unavailable: 503,
  unauthorized_client: 400,
  unsupported_grant_type: 400,
  unsupported_response_type: 400,
}

/** The profiles by their names. */
export const profiles: Readonly<Record<ProfileName, Profile>> = { v2, 'oauth2.1': oauth21 }

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** Text that has room in a header. */
function shortTextOf(value: unknown): string {
  return textOf(value).slice(0, longestText)
}

function statusOf({ error }: OAuth2Error): number {
  return statuses[error] ?? 400
}

/** RFC 6750 3: a request without credentials is told the scheme, and no error. */
function bearerChallenge(refused: OAuth2Error, { scope, metadata }: Challenge): string {
  const error = plainText(refused.error)
  const parameters = Object.entries({
    error: error || undefined,
    error_description: error ? plainText(refused.error_description) : undefined,
    scope: error === 'insufficient_scope' ? scope : undefined,
    // RFC 9728 5.1
    resource_metadata: metadata,
  })
  const told = parameters.filter(([, value]) => value !== undefined)
  return `Bearer ${told.map(([name, value]) => `${name}="${value}"`).join(', ')}`.trimEnd()
}

function withHeader(error: OAuth2Error, name: string, value: string): OAuth2Error {
  error.headers[name] = value
  return error
}

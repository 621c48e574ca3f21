import { hookError } from './contract/hook-answer'
import { amended, headersOf } from './errors/amend-error'
import { descriptionOf } from './errors/descriptions'
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
import { DeviceDeniedError } from './errors/refusals'
import { described } from './values/described'
import type { OAuthRequest, Values } from './http/request'
import { type PresentedToken, bearerToken, bearerTokenV2 } from './protocol/bearer-token'
import {
  type ClientParameters,
  clientCredentials,
  clientCredentialsV2,
} from './protocol/client-authentication'
import { type Challenge, challengeFor } from './protocol/challenge'
import { longestText, plainText } from './protocol/plain-text'
import { narrowScope, presentScopes } from './protocol/scope'
import {
  type LoopbackOptions,
  type RegisteredFor,
  isRegisteredRedirectUri,
} from './protocol/redirect-uri'
import type { ClientCredentials } from './protocol/client-authentication'

/** `'v2'` has the protocol of the 2.4 line. `'oauth2.1'` follows OAuth 2.1 and RFC 9700. */
export type ProfileName = 'v2' | 'oauth2.1'

/** All rules that differ between the profiles. */
export interface Profile {
  readonly name: ProfileName

  // Features
  /** The default of the option `grants`. */
  readonly grants: readonly string[]
  /** Whether a grant type that is a URI is enabled without an entry in the option `grants`. */
  readonly anyExtension: boolean
  readonly clientIdRegex: RegExp
  /** Whether the response of the token endpoint includes the scope. */
  readonly answersScope: boolean
  /** Whether PKCE is supported (RFC 7636), which binds a code to its challenge. */
  readonly pkce: boolean
  /** Whether a code is bound to the redirect URI of its request (RFC 6749 4.1.3). */
  readonly bindsRedirectUri: boolean
  /**
   * Whether the authorization endpoint refuses clients that may not use codes (RFC 6749 4.1.2.1).
   */
  readonly refusesCodesEarly: boolean
  /** Whether a code requires a user. */
  readonly needsUser: boolean
  /** Whether a refresh token is issued in exchange for an assertion (RFC 7521 4.1). */
  readonly refreshesAssertions: boolean
  /** Whether a refresh token is issued for client credentials. */
  readonly refreshesClientCredentials: boolean
  readonly tokenType: 'bearer' | 'Bearer'
  /** Whether public clients, which have no secret, are supported. */
  readonly publicClients: boolean
  /** Whether clients may authenticate by a signed assertion (RFC 7523 2.2). */
  readonly clientAssertions: boolean
  /**
   * Whether the parameters are read that 2.4 ignores: `resource`, `prompt`, `max_age`, `response_mode`,
   * `request` and `request_uri`.
   */
  readonly extensions: boolean
  /** Whether framing of pages is forbidden and scripts may read the challenge of a resource. */
  readonly hardensHeaders: boolean

  // Requests
  clientCredentials(
    request: OAuthRequest,
    form: ClientParameters,
    clientIdRegex: RegExp,
  ): ClientCredentials
  /** Returns the access token of a request. `allowsDpop` is whether the scheme DPoP is known. */
  bearerToken(request: OAuthRequest, allowsDpop: boolean): PresentedToken
  /** Returns the scope of a new grant. `allowed` is `null` if the client may request any scope. */
  scope(requested: string | undefined, allowed: readonly string[] | null): string
  /** Returns the scope of refreshed tokens, which never exceeds that of the grant. */
  refreshedScope(
    requested: string | undefined,
    granted: string,
    allowed: readonly string[] | null,
  ): string
  isRegisteredRedirectUri(
    requested: string,
    client: RegisteredFor,
    options: LoopbackOptions,
  ): boolean
  hasExpired(expiresAt: number | null, now: number): boolean

  // Responses of the authorization endpoint
  isAuthorizationMethod(method: string): boolean
  /** Whether an authorization request must have a redirect URI. */
  readonly needsRedirectUri: boolean
  /**
   * Whether the error for a wrong response type is redirected to the client. Otherwise it is shown
   * to the user.
   */
  readonly redirectsResponseType: boolean
  wrongResponseType(responseType: string | undefined): OAuth2Error
  /**
   * Whether an error in the request is redirected to the client after the user has signed in (RFC
   * 9700 4.11.2). Otherwise it is shown to the user at once.
   */
  readonly redirectsMalformed: boolean
  /**
   * Returns whether `next(null, allowed)` of a function `check(req, next)` allows the request.
   * Throws a `server_error` if the value is ambiguous.
   */
  allows(allowed?: unknown): boolean
  /** Returns where to look for a parameter of an authorization request, in order of precedence. */
  authorizationSources(query: Values, body: Values, name: string): Values[]
  redirectStatus(method: string): number
  /** Whether a redirect includes the issuer. */
  readonly sendsIssuer: boolean
  /** Returns the parameters that a redirect has for an error. */
  errorParameters(error: OAuth2Error): Record<string, string>

  // Errors
  /** Whether the middlewares send errors as responses. Otherwise `errorHandler()` does. */
  readonly answersErrors: boolean
  unsupportedGrantType(grantType: string | undefined): OAuth2Error
  unsupportedExtension(): OAuth2Error
  unauthorizedGrantType(): OAuth2Error
  missingUserCredentials(): OAuth2Error
  unknownClient(): OAuth2Error
  /** Returns the error for a failure of the application or its database. */
  unavailable(cause: unknown): OAuth2Error
  /**
   * Returns the error with the status and headers for the endpoints of the server. `scheme` is the
   * one of the credentials that the endpoint needs, if any.
   */
  atEndpoint(error: OAuth2Error, scheme: 'Basic' | 'Bearer' | undefined): OAuth2Error
  /**
   * Returns the error with the status and headers for a resource. The challenge contains `about`.
   */
  atResource(error: OAuth2Error, about?: Challenge): OAuth2Error
  errorBody(error: OAuth2Error): object
}

const invalidGrantType = 'Invalid or missing grant_type parameter'
const unsupportedGrantType =
  'The server does not support this grant type: its metadata lists those that it supports'
const wrongResponseType = 'Invalid response_type parameter (must be "code")'
const missingUserCredentials = 'Missing parameters. "username" and "password" are required'
// In seconds. A restart or failover of a database usually takes little time.
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
  clientAssertions: false,
  extensions: false,
  hardensHeaders: false,

  clientCredentials: clientCredentialsV2,
  bearerToken: bearerTokenV2,
  scope: () => '',
  refreshedScope: (_requested, granted) => granted,
  isRegisteredRedirectUri: (requested, { redirectUris }) => redirectUris.includes(requested),
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
  // All characters are allowed, as in 2.4.
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
  clientAssertions: true,
  extensions: true,
  hardensHeaders: true,

  clientCredentials,
  bearerToken,
  scope: narrowScope,
  refreshedScope: (requested, granted, allowed) =>
    narrowScope(requested, presentScopes(granted, allowed)),
  isRegisteredRedirectUri,
  // The negated comparison treats NaN as expired.
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
    const cause = `next(error, allowed, user) needs true or false, but got ${described(allowed)}`
    throw hookError(cause)
  },
  // All parameters come from one source. The form of a consent page is posted to the same URL and
  // has other fields.
  authorizationSources: (query, body) => ['client_id' in query ? query : body],
  // RFC 9700 4.12: the browser must not repeat the POST with the form at the redirect URI.
  redirectStatus: (method) => (method === 'POST' ? 303 : 302),
  // RFC 9207 2
  sendsIssuer: true,
  errorParameters: (refused) => ({
    error: plainText(refused.error) || 'server_error',
    error_description: plainText(descriptionOf(refused)),
  }),

  answersErrors: true,
  unsupportedGrantType: (grantType) =>
    grantType === undefined
      ? new InvalidRequestError(invalidGrantType)
      : new UnsupportedGrantTypeError(unsupportedGrantType),
  unsupportedExtension: () => new UnsupportedGrantTypeError(unsupportedGrantType),
  unauthorizedGrantType: () =>
    new UnauthorizedClientError('The client may not use this grant type'),
  missingUserCredentials: () => new InvalidRequestError(missingUserCredentials),
  unknownClient: () => new InvalidRequestError('The client is unknown'),
  unavailable: (cause) =>
    withHeader(new TemporarilyUnavailableError(null, cause), 'Retry-After', retryAfter),

  atEndpoint(error, scheme) {
    if (error instanceof TooManyRequestsError) return error
    const code = statusOf(error)
    const { 'WWW-Authenticate': _, ...headers } = headersOf(error)
    // RFC 9110 15.5.2: every 401 must have a challenge. It is useless for a page in a browser.
    if (code === 401 && scheme === 'Basic') headers['WWW-Authenticate'] = 'Basic realm="Service"'
    if (code === 401 && scheme === 'Bearer') headers['WWW-Authenticate'] = challengeFor(error, {})
    return amended(error, code, headers)
  },

  atResource(error, about = {}) {
    const code = statusAtResource(error)
    const headers = headersOf(error)
    if (code < 500) headers['WWW-Authenticate'] = challengeFor(error, about)
    return amended(error, code, headers)
  },

  errorBody(refused) {
    const error = plainText(refused.error)
    return error ? { error, error_description: plainText(descriptionOf(refused)) } : {}
  },
}

/** The statuses of RFC 6749 5.2, RFC 6750 3.1, RFC 8628 3.5, RFC 8707 2, RFC 9126 2.3 and RFC 9449 5. */
const statuses: Readonly<Record<string, number | undefined>> = {
  __proto__: null as never,
  access_denied: 403,
  authorization_pending: 400,
  consent_required: 403,
  expired_token: 400,
  insufficient_scope: 403,
  invalid_client: 401,
  invalid_dpop_proof: 400,
  invalid_grant: 400,
  invalid_request: 400,
  invalid_request_uri: 400,
  invalid_scope: 400,
  invalid_target: 400,
  invalid_token: 401,
  login_required: 401,
  request_not_supported: 400,
  request_uri_not_supported: 400,
  server_error: 500,
  slow_down: 400,
  temporarily_unavailable: 503,
  unauthorized_client: 400,
  unsupported_grant_type: 400,
  unsupported_response_type: 400,
  use_dpop_nonce: 400,
}

/** The profiles by their names. */
export const profiles: Readonly<Record<ProfileName, Profile>> = { v2, 'oauth2.1': oauth21 }

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** Returns text that is short enough for a header. */
function shortTextOf(value: unknown): string {
  return textOf(value).slice(0, longestText)
}

function statusOf(refused: OAuth2Error): number {
  return refused instanceof DeviceDeniedError ? 400 : (statuses[refused.error] ?? 400)
}

/** RFC 6750 3.1 and RFC 9449 7.1: these errors ask for other credentials, so they are a 401. */
function statusAtResource(error: OAuth2Error): number {
  const asks = ['', 'invalid_dpop_proof', 'use_dpop_nonce'].includes(error.error)
  return asks || error instanceof MissingTokenError ? 401 : statusOf(error)
}

function withHeader(error: OAuth2Error, name: string, value: string): OAuth2Error {
  error.headers[name] = value
  return error
}

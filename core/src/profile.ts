import {
  InvalidClientError,
  InvalidRequestError,
  MissingTokenError,
  type OAuth2Error,
  type OAuthErrorCode,
  ServerError,
  TemporarilyUnavailableError,
  TooManyRequestsError,
  UnauthorizedClientError,
  UnsupportedGrantTypeError,
  UnsupportedResponseTypeError,
} from './errors'
import type { OAuthRequest, Values } from './http/request'
import { bearerToken, bearerTokenV2 } from './security/bearer-token'
import {
  type ClientParameters,
  clientCredentials,
  clientCredentialsV2,
} from './security/client-authentication'
import { isRegisteredRedirectUri } from './security/redirect-uri'
import type { ClientCredentials } from './store/port'

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
  /** Whether a token has a scope, and its answer says so. */
  readonly scopes: boolean
  /** Whether a code is bound to its redirect URI and PKCE challenge, and only given to a user. */
  readonly bindsCodes: boolean
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
  isRegisteredRedirectUri(asked: string, registered: readonly string[]): boolean
  hasExpired(expiresAt: number | null, now: number): boolean

  // How the authorization endpoint answers
  isAuthorizationMethod(method: string): boolean
  /** Whether an authorization request may not leave out the redirect URI. */
  readonly needsRedirectUri: boolean
  /** Whether a wrong response type is told to the client, or to the user. */
  readonly redirectsResponseType: boolean
  wrongResponseType(responseType: string | undefined): OAuth2Error
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
  /** Gives an error the status and headers that it has at the server's own endpoints. */
  atEndpoint(error: OAuth2Error, request: OAuthRequest): OAuth2Error
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
  scopes: false,
  bindsCodes: false,
  refreshesClientCredentials: true,
  tokenType: 'bearer',
  publicClients: false,
  extensions: false,
  hardensHeaders: false,

  clientCredentials: clientCredentialsV2,
  bearerToken: bearerTokenV2,
  isRegisteredRedirectUri: (asked, registered) => registered.includes(asked),
  hasExpired: (expiresAt, now) => expiresAt !== null && !(expiresAt >= now),

  isAuthorizationMethod: () => true,
  needsRedirectUri: true,
  redirectsResponseType: false,
  wrongResponseType: () => new InvalidRequestError(wrongResponseType),
  authorizationSources: (query, body, name) => (name === 'state' ? [query] : [body, query]),
  redirectStatus: () => 302,
  sendsIssuer: false,
  errorParameters: ({ error, error_description, code }) => ({
    error,
    error_description,
    code: String(code),
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
  errorBody: ({ code, error, error_description }) => ({ code, error, error_description }),
}

const oauth21: Profile = {
  name: 'oauth2.1',
  grants: ['authorization_code', 'refresh_token', 'client_credentials'],
  anyExtension: false,
  // RFC 6749 A.1, without the space.
  clientIdRegex: /^[\x21-\x7e]{1,255}$/,
  scopes: true,
  bindsCodes: true,
  // RFC 6749 4.4.3
  refreshesClientCredentials: false,
  tokenType: 'Bearer',
  publicClients: true,
  extensions: true,
  hardensHeaders: true,

  clientCredentials,
  bearerToken,
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
  // One request, one place: the form of a consent page comes back with fields of its own.
  authorizationSources: (query, body) => ['client_id' in query ? query : body],
  // RFC 9700 4.12: the browser must not send the form on.
  redirectStatus: (method) => (method === 'POST' ? 303 : 302),
  // RFC 9207 2
  sendsIssuer: true,
  errorParameters: ({ error, error_description }) => ({ error, error_description }),

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

  atEndpoint(error, { authorization }) {
    if (error instanceof TooManyRequestsError) return error
    error.code = statuses[error.error as OAuthErrorCode] ?? 400
    // RFC 6749 5.2: the challenge answers the scheme that the client has used.
    const usedBasic = /^ *basic\b/i.test(authorization ?? '')
    if (error.error === 'invalid_client' && usedBasic)
      return challenge(error, 'Basic realm="Service"')
    delete error.headers['WWW-Authenticate']
    return error
  },

  atResource(error, about = {}) {
    const missing = error instanceof MissingTokenError
    error.code = missing ? 401 : (statuses[error.error as OAuthErrorCode] ?? 400)
    return error.code < 500 ? challenge(error, bearerChallenge(error, about)) : error
  },

  errorBody: ({ error, error_description }) => (error ? { error, error_description } : {}),
}

/** The statuses of RFC 6749 5.2, RFC 6750 3.1 and RFC 8707 2. */
const statuses: Record<OAuthErrorCode, number> = {
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

/** RFC 6750 3: a request without credentials is told the scheme, and no error. */
function bearerChallenge(
  { error, error_description }: OAuth2Error,
  { scope, metadata }: Challenge,
): string {
  const parameters = Object.entries({
    error: error || undefined,
    error_description: error ? error_description.replaceAll('"', "'") : undefined,
    scope: error === 'insufficient_scope' ? scope : undefined,
    // RFC 9728 5.1
    resource_metadata: metadata,
  })
  const told = parameters.filter(([, value]) => value !== undefined)
  return `Bearer ${told.map(([name, value]) => `${name}="${value}"`).join(', ')}`.trimEnd()
}

function challenge(error: OAuth2Error, text: string): OAuth2Error {
  return withHeader(error, 'WWW-Authenticate', text)
}

function withHeader(error: OAuth2Error, name: string, value: string): OAuth2Error {
  error.headers[name] = value
  return error
}

import { types } from 'node:util'

/**
 * The error codes of RFC 6749 (4.1.2.1 and 5.2), RFC 6750 3.1, RFC 7591 3.2.2, RFC 8628 3.5, RFC 8707 2,
 * RFC 9101 7 and RFC 9449 12.2, and those of OpenID Connect Core 3.1.2.6 for `prompt=none`.
 */
export type OAuthErrorCode =
  | 'access_denied'
  | 'authorization_pending'
  | 'consent_required'
  | 'expired_token'
  | 'insufficient_scope'
  | 'invalid_client'
  | 'invalid_client_metadata'
  | 'invalid_dpop_proof'
  | 'invalid_grant'
  | 'invalid_redirect_uri'
  | 'invalid_request'
  | 'invalid_request_uri'
  | 'invalid_scope'
  | 'invalid_software_statement'
  | 'invalid_target'
  | 'invalid_token'
  | 'login_required'
  | 'request_not_supported'
  | 'request_uri_not_supported'
  | 'server_error'
  | 'slow_down'
  | 'temporarily_unavailable'
  | 'unapproved_software_statement'
  | 'unauthorized_client'
  | 'unsupported_grant_type'
  | 'unsupported_response_type'
  | 'use_dpop_nonce'

/** The HTTP statuses of version 2.4, which uses 500 for every other error. */
const statuses: Record<string, number | undefined> = {
  __proto__: null as never,
  invalid_client: 400,
  invalid_grant: 400,
  invalid_request: 400,
  invalid_token: 401,
  server_error: 503,
}

function hide(error: Error, name: 'message' | 'stack', value: string): void {
  Object.defineProperty(error, name, { value, writable: true, configurable: true })
}

/** Copies message and stack of the cause, which may have getters that throw. */
function takeText(error: Error, cause: Error): void {
  try {
    const { message, stack } = cause
    // Not enumerable, as on a built-in error, so that JSON.stringify omits them.
    hide(error, 'message', message)
    if (stack !== undefined) hide(error, 'stack', stack)
  } catch {
    // The error keeps its own message and stack.
  }
}

class BaseOAuth2Error extends Error {
  /** HTTP status. */
  code: number
  /** Error code, such as `invalid_grant`. */
  error: string
  /** The description sent to the client. It never contains the cause's message. */
  error_description: string
  /** Response headers to send with the error. */
  headers: Record<string, string>

  constructor(error: string = '', description?: string | false | null, cause?: unknown) {
    super(description || undefined, cause === undefined ? undefined : { cause })
    if (types.isNativeError(cause)) takeText(this, cause)
    this.code = statuses[error] ?? 500
    this.error = error
    this.error_description = description || error
    this.headers = { 'Cache-Control': 'no-store', Pragma: 'no-cache' }
    if (error === 'invalid_client') this.headers['WWW-Authenticate'] = 'Basic realm="Service"'
  }

  /** The same as `code`. Express and its error handlers read this name. */
  get status(): number {
    return this.code
  }
}

/**
 * An error to report to the client: `code` (HTTP status), `error`, `error_description` and
 * `headers`. If the cause is an Error, `message` and `stack` are copied from it. They are never
 * sent to a client. Can be called with or without `new`.
 */
export type OAuth2Error = BaseOAuth2Error
export const OAuth2Error = new Proxy(BaseOAuth2Error, {
  apply: (target, _self, args) => new target(...(args as ConstructorParameters<typeof target>)),
}) as typeof BaseOAuth2Error &
  ((...args: ConstructorParameters<typeof BaseOAuth2Error>) => OAuth2Error)

// On the prototype, as for a built-in error, so that JSON.stringify omits it.
Object.defineProperties(BaseOAuth2Error.prototype, {
  name: { value: 'OAuth2Error', writable: true, configurable: true },
  constructor: { value: OAuth2Error, writable: true, configurable: true },
})

const errorOf = (error: OAuthErrorCode) =>
  class extends BaseOAuth2Error {
    constructor(description?: string | null, cause?: unknown) {
      super(error, description, cause)
    }
  }

/** The user or the server denied the request (RFC 6749 4.1.2.1). */
export class AccessDeniedError extends errorOf('access_denied') {}
/** The user has not decided about the device yet, so it must ask again later (RFC 8628 3.5). */
export class AuthorizationPendingError extends errorOf('authorization_pending') {}
/** Consent is required, but the client sent `prompt=none` (OpenID Connect Core 3.1.2.6). */
export class ConsentRequiredError extends errorOf('consent_required') {}
/** The device code has expired, so the device must begin again (RFC 8628 3.5). */
export class ExpiredTokenError extends errorOf('expired_token') {}
/** The access token lacks a scope that the request needs (RFC 6750 3.1). */
export class InsufficientScopeError extends errorOf('insufficient_scope') {}
/** Client authentication failed (RFC 6749 5.2). */
export class InvalidClientError extends errorOf('invalid_client') {}
/** The metadata of a client that registers itself is not acceptable (RFC 7591 3.2.2). */
export class InvalidClientMetadataError extends errorOf('invalid_client_metadata') {}
/** The DPoP proof is missing, malformed, expired, for another request, or was used before (RFC 9449 5, 7.1). */
export class InvalidDpopProofError extends errorOf('invalid_dpop_proof') {}
/**
 * The code, refresh token or password is invalid, expired, revoked or belongs to another client
 * (RFC 6749 5.2).
 */
export class InvalidGrantError extends errorOf('invalid_grant') {}
/** A redirect URI of a client that registers itself is not acceptable (RFC 7591 3.2.2). */
export class InvalidRedirectUriError extends errorOf('invalid_redirect_uri') {}
/** A parameter is missing, malformed or repeated (RFC 6749 5.2). */
export class InvalidRequestError extends errorOf('invalid_request') {}
/** The pushed request is unknown, expired, used, or that of another client (RFC 9101 7, RFC 9126 4). */
export class InvalidRequestUriError extends errorOf('invalid_request_uri') {}
/** The scope is unknown, malformed or wider than allowed (RFC 6749 5.2). */
export class InvalidScopeError extends errorOf('invalid_scope') {}
/** The software statement of a client that registers itself is not acceptable (RFC 7591 3.2.2). */
export class InvalidSoftwareStatementError extends errorOf('invalid_software_statement') {}
/** The resource is unknown, malformed or wider than allowed (RFC 8707 2). */
export class InvalidTargetError extends errorOf('invalid_target') {}
/** The access token is invalid, expired or revoked (RFC 6750 3.1). */
export class InvalidTokenError extends errorOf('invalid_token') {}
/** No user is signed in, and the client sent `prompt=none` (OpenID Connect Core 3.1.2.6). */
export class LoginRequiredError extends errorOf('login_required') {}
/** The server does not support request objects, the parameter `request` (RFC 9101 7). */
export class RequestNotSupportedError extends errorOf('request_not_supported') {}
/** The server did not make this `request_uri`, and fetches none (RFC 9101 7). */
export class RequestUriNotSupportedError extends errorOf('request_uri_not_supported') {}
/** An internal error occurred (RFC 6749 4.1.2.1). `cause` is the reason. */
export class ServerError extends errorOf('server_error') {}
/**
 * The device asks too often: it must wait five seconds longer between two requests from now on (RFC 8628
 * 3.5).
 */
export class SlowDownError extends errorOf('slow_down') {}
/** The storage failed or did not answer in time (RFC 6749 4.1.2.1). `cause` is the reason. */
export class TemporarilyUnavailableError extends errorOf('temporarily_unavailable') {}
/**
 * Too many attempts: a 429 (RFC 6585 4) with a `Retry-After` header. OAuth has no error code for
 * it. `temporarily_unavailable` tells the client that the same request may succeed later.
 */
export class TooManyRequestsError extends TemporarilyUnavailableError {
  constructor(retryAfterSeconds = 1, description = 'Too many failed attempts') {
    super(description)
    this.code = 429
    this.headers['Retry-After'] = String(retryAfterSeconds)
  }
}
/** The server does not approve the software statement of a client (RFC 7591 3.2.2). */
export class UnapprovedSoftwareStatementError extends errorOf('unapproved_software_statement') {}
/** The client may not use this grant type (RFC 6749 5.2). */
export class UnauthorizedClientError extends errorOf('unauthorized_client') {}
/** The server does not support this grant type (RFC 6749 5.2). */
export class UnsupportedGrantTypeError extends errorOf('unsupported_grant_type') {}
/** The server does not support this response type (RFC 6749 4.1.2.1). */
export class UnsupportedResponseTypeError extends errorOf('unsupported_response_type') {}
/** The DPoP proof needs the nonce that the server sends in the header `DPoP-Nonce` (RFC 9449 8, 9). */
export class UseDpopNonceError extends errorOf('use_dpop_nonce') {}

/** The request has no credentials: a 401 without an error code (RFC 6750 3.1). */
export class MissingTokenError extends BaseOAuth2Error {
  constructor() {
    super('', 'The request has no access token: send it as "Authorization: Bearer"')
  }
}

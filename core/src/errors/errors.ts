import { types } from 'node:util'

/**
 * The error codes of RFC 6749 (4.1.2.1 and 5.2), RFC 6750 3.1, RFC 8707 2, and those with which
 * OpenID Connect Core 3.1.2.6 answers `prompt=none`.
 */
export type OAuthErrorCode =
  | 'access_denied'
  | 'consent_required'
  | 'insufficient_scope'
  | 'invalid_client'
  | 'invalid_grant'
  | 'invalid_request'
  | 'invalid_scope'
  | 'invalid_target'
  | 'invalid_token'
  | 'login_required'
  | 'server_error'
  | 'temporarily_unavailable'
  | 'unauthorized_client'
  | 'unsupported_grant_type'
  | 'unsupported_response_type'

/** The HTTP statuses of the 2.4 line; every other error is a 500 there. */
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

/** Gives an error the text of its cause, which may have getters that throw. */
function takeText(error: Error, cause: Error): void {
  try {
    const { message, stack } = cause
    // As an error's own: no members that JSON.stringify writes.
    hide(error, 'message', message)
    if (stack !== undefined) hide(error, 'stack', stack)
  } catch {
    // Its own text stays.
  }
}

class BaseOAuth2Error extends Error {
  /** HTTP status. */
  code: number
  /** Error code, such as `invalid_grant`. */
  error: string
  /** What the client is told; never the cause's message. */
  error_description: string
  /** Response headers that go with the error. */
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

  /** The same as `code`, under the name by which Express and its error handlers look for it. */
  get status(): number {
    return this.code
  }
}

/**
 * An error that a client is told about: `code` (HTTP status), `error`, `error_description`,
 * `headers`. Where it has a cause that is an Error, `message` and `stack` are the cause's; neither
 * ever reaches a client. Works with and without `new`.
 */
export type OAuth2Error = BaseOAuth2Error
export const OAuth2Error = new Proxy(BaseOAuth2Error, {
  apply: (target, _self, args) => new target(...(args as ConstructorParameters<typeof target>)),
}) as typeof BaseOAuth2Error &
  ((...args: ConstructorParameters<typeof BaseOAuth2Error>) => OAuth2Error)

// As on a built-in error: on the prototype, so that it is no member that JSON.stringify writes.
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

/** The user, or the server, denied the request (RFC 6749 4.1.2.1). */
export class AccessDeniedError extends errorOf('access_denied') {}
/** The user must be asked, and the client wants nobody asked (OpenID Connect Core 3.1.2.6). */
export class ConsentRequiredError extends errorOf('consent_required') {}
/** The access token lacks a scope that the request needs (RFC 6750 3.1). */
export class InsufficientScopeError extends errorOf('insufficient_scope') {}
/** Client authentication failed (RFC 6749 5.2). */
export class InvalidClientError extends errorOf('invalid_client') {}
/**
 * The code, refresh token or password is invalid, expired, revoked or another client's (RFC 6749
 * 5.2).
 */
export class InvalidGrantError extends errorOf('invalid_grant') {}
/** A parameter is missing, malformed or sent twice (RFC 6749 5.2). */
export class InvalidRequestError extends errorOf('invalid_request') {}
/** The scope is unknown, malformed or wider than it may be (RFC 6749 5.2). */
export class InvalidScopeError extends errorOf('invalid_scope') {}
/** The resource is unknown, malformed or wider than it may be (RFC 8707 2). */
export class InvalidTargetError extends errorOf('invalid_target') {}
/** The access token is invalid, expired or revoked (RFC 6750 3.1). */
export class InvalidTokenError extends errorOf('invalid_token') {}
/** Nobody is signed in, and the client wants nobody asked (OpenID Connect Core 3.1.2.6). */
export class LoginRequiredError extends errorOf('login_required') {}
/** Something broke on the server (RFC 6749 4.1.2.1); `cause` says what. */
export class ServerError extends errorOf('server_error') {}
/** The storage is away or doesn't answer in time (RFC 6749 4.1.2.1); `cause` says why. */
export class TemporarilyUnavailableError extends errorOf('temporarily_unavailable') {}
/**
 * Too many secrets or passwords were wrong: a 429 (RFC 6585 4) that says when to try again. OAuth
 * has no code of its own for it; this one says that the same request may be answered later.
 */
export class TooManyRequestsError extends TemporarilyUnavailableError {
  constructor(retryAfterSeconds = 1, description = 'Too many failed attempts') {
    super(description)
    this.code = 429
    this.headers['Retry-After'] = String(retryAfterSeconds)
  }
}
/** The client may not use this grant type (RFC 6749 5.2). */
export class UnauthorizedClientError extends errorOf('unauthorized_client') {}
/** The server doesn't have this grant type (RFC 6749 5.2). */
export class UnsupportedGrantTypeError extends errorOf('unsupported_grant_type') {}
/** The server doesn't have this response type (RFC 6749 4.1.2.1). */
export class UnsupportedResponseTypeError extends errorOf('unsupported_response_type') {}

/** The request has no credentials at all: a 401 that names no error (RFC 6750 3.1). */
export class MissingTokenError extends BaseOAuth2Error {}

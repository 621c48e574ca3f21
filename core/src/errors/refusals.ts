import { AccessDeniedError, OAuth2Error, TemporarilyUnavailableError } from './errors'

/** Returns whether a thrown value rejects the request, rather than reports a server failure. */
export function isRefusal(thrown: unknown): boolean {
  if (!(thrown instanceof OAuth2Error)) return false
  return thrown.error !== 'server_error' && !(thrown instanceof TemporarilyUnavailableError)
}

/** The user has denied the request of a device: a 400 (RFC 8628 3.5), not the 403 of a page. */
export class DeviceDeniedError extends AccessDeniedError {}

/**
 * Returns a 503 that asks the client to retry after one second. With a `cause`, it is reported as a
 * failure of the server.
 */
export function tryAgain(description: string, cause?: unknown): OAuth2Error {
  const error = new TemporarilyUnavailableError(description, cause)
  error.code = 503
  error.headers['Retry-After'] = '1'
  return error
}

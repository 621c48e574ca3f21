import { OAuth2Error, TemporarilyUnavailableError } from './errors'

/** Returns whether a thrown value rejects the request, rather than reports a server failure. */
export function isRefusal(thrown: unknown): boolean {
  if (!(thrown instanceof OAuth2Error)) return false
  return thrown.error !== 'server_error' && !(thrown instanceof TemporarilyUnavailableError)
}

/** Returns a 503 that asks the client to retry after one second. */
export function tryAgain(description: string): OAuth2Error {
  const error = new TemporarilyUnavailableError(description)
  error.code = 503
  error.headers['Retry-After'] = '1'
  return error
}

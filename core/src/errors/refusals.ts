import { OAuth2Error, TemporarilyUnavailableError } from './errors'

/** Whether something that was thrown refuses the request, and is no failure of the server. */
export function isRefusal(thrown: unknown): boolean {
  if (!(thrown instanceof OAuth2Error)) return false
  return thrown.error !== 'server_error' && !(thrown instanceof TemporarilyUnavailableError)
}

/** A 503 for a request that would be answered a moment later. */
export function tryAgain(description: string): OAuth2Error {
  const error = new TemporarilyUnavailableError(description)
  error.code = 503
  error.headers['Retry-After'] = '1'
  return error
}

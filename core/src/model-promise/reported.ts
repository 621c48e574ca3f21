import type { ErrorCode } from '../errors/error-code'
import { OAuth2Error } from '../errors/errors'
import { isObject } from '../values/is-object'

type Functions = Record<string, (...args: never[]) => Promise<unknown>>

/**
 * Returns the functions with other errors. The servers of `oauth2-server` 3 to 5 send the message of an
 * error to the client, so an error of the store or of the application becomes the `cause` of one that
 * says nothing about them.
 */
export function reported<F extends object>(functions: F): F {
  const entries = Object.entries(functions as unknown as Functions)
  return Object.fromEntries(
    entries.map(([name, fn]) => {
      // Rest parameters: version 3.0 takes a declared parameter for a callback.
      const call = async (...args: never[]) => {
        try {
          return await fn(...args)
        } catch (error) {
          throw isShown(error) ? error : concealed(error)
        }
      }
      return [name, call]
    }),
  ) as F
}

/**
 * Returns the error for a client. Servers wrap it in a ServerError, except for an error of `getClient`
 * at the authorization endpoint: its `name` and `code` are the response there.
 */
function concealed(cause: unknown): Error {
  const message = 'The store or a function of the application failed: "cause" has the error'
  const error = new Error(message, { cause })
  return Object.assign(error, { name: 'server_error', code: 503, status: 503, statusCode: 503 })
}

/** The codes of errors about arguments, and about grants that cannot be issued. */
const shown: ReadonlySet<unknown> = new Set<ErrorCode>([
  'OAUTH2_KIT_OPTION',
  'OAUTH2_KIT_NOT_FOUND',
  'OAUTH2_KIT_REVOKED',
])

/** Returns whether a client may see the message. Other errors may name tables, files and hosts. */
function isShown(error: unknown): boolean {
  if (error instanceof OAuth2Error && error.cause === undefined) return true
  // An OAuth2Error has the message of its cause.
  const source = error instanceof OAuth2Error ? error.cause : error
  return isObject(source) && shown.has(source['code'])
}

import { OAuth2Error } from '../errors/errors'
import { isObject } from '../values/is-object'

type Functions = Record<string, (...args: never[]) => Promise<unknown>>

/**
 * Returns the functions with other errors. The servers of `oauth2-server` 3 to 5 send the message of an
 * error to the client, so an error that is not this library's own becomes the `cause` of one that says
 * nothing about the database or the application.
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
          throw isOwn(error) ? error : concealed(error)
        }
      }
      return [name, call]
    }),
  ) as F
}

function concealed(cause: unknown): Error {
  const message = 'The store or a function of the application failed: "cause" has the error'
  return new Error(message, { cause })
}

function isOwn(error: unknown): boolean {
  // An OAuth2Error has the message of its cause.
  if (error instanceof OAuth2Error) return error.cause === undefined || hasOwnCode(error.cause)
  return hasOwnCode(error)
}

/** Returns whether the core threw the error. A store's own errors may name its tables and hosts. */
function hasOwnCode(error: unknown): boolean {
  const code = isObject(error) ? String(error['code']) : ''
  return code.startsWith('OAUTH2_KIT_') && code !== 'OAUTH2_KIT_STORE'
}

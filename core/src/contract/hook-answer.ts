import { withCode } from '../errors/error-code'
import { asError } from '../errors/as-error'
import { isFault } from '../errors/fault'
import { OAuth2Error, ServerError } from '../errors/errors'
import { hasId, userIdOf } from './user-id'
import { described } from '../values/described'

// Return values of application functions are checked strictly. An unexpected value, such as a
// truthy object in place of `true`, is an error and never grants access.

/** Returns the `server_error` for a function of the application that returned a wrong value. */
export function hookError(message: string): ServerError {
  return new ServerError(null, withCode('OAUTH2_KIT_HOOK', new TypeError(message)))
}

/** The values that a function of the application may return. */
export interface Expected<T> {
  /** Returns whether the value is one of them. */
  holds: (value: unknown) => value is T
  /** Describes them in error messages. */
  words: string
}

/** A user, or `null`. */
export const userOrNull: Expected<object | null> = {
  holds: (value) => value === null || isUser(value),
  words: 'a user with an id or _id, or null',
}

/** `true` or `false`. */
export const trueOrFalse: Expected<boolean> = {
  holds: (value) => typeof value === 'boolean',
  words: 'true or false',
}

/** Any object, or `null` if none exists. */
export const objectOrNull: Expected<object | null> = {
  holds: (value): value is object | null => typeof value === 'object' && !Array.isArray(value),
  words: 'an object, or null',
}

/** Returns whether a value is a user: an object whose id a store can keep. */
export function isUser(value: unknown): value is object {
  try {
    return hasId(value) && userIdOf(value) !== null
  } catch {
    return false
  }
}

/**
 * Returns the value if it is allowed. Throws a `server_error` that names the function otherwise.
 */
export function expected<T>(name: string, value: unknown, { holds, words }: Expected<T>): T {
  if (holds(value)) return value
  throw hookError(`"${name}" must return ${words}, but returned ${described(value)}`)
}

/**
 * Calls a hook and resolves with its checked return value. An error that is not an `OAuth2Error`
 * becomes a `server_error`, so that its message does not reach the client.
 */
export async function hookAnswer<T>(
  name: string,
  call: () => unknown,
  allowed: Expected<T>,
): Promise<T> {
  let answer: unknown
  try {
    answer = await call()
  } catch (error) {
    throw asServerError(error)
  }
  return expected(name, answer, allowed)
}

/**
 * Returns an `OAuth2Error` unchanged. Wraps any other error of the application in a `server_error`,
 * so that its message does not reach the client.
 */
export function asServerError(error: unknown): OAuth2Error {
  // A cause that is undefined would look like none.
  return error instanceof OAuth2Error ? error : new ServerError(null, error ?? asError(error))
}

/**
 * Classifies an error of an application function that queries a database. A permanent fault is
 * returned as a `server_error`. Any other error is returned unchanged and counts as an outage.
 */
export function faultOrOutage(error: unknown): unknown {
  return isFault(error) ? asServerError(error) : error
}

import { withCode } from '../errors/error-code'
import { OAuth2Error, ServerError } from '../errors/errors'
import { userIdOf } from './user-id'
import { described } from '../values/described'
import { isObject } from '../values/is-object'

// The functions that the application gives are believed word for word: what is none of the values
// that a function may return means nothing, and allows nothing.

/** What a function of the application may return, in code and in words. */
export interface Expected<T> {
  holds: (value: unknown) => value is T
  words: string
}

/** A user, or `null`. */
export const userOrNull: Expected<{ id: unknown } | null> = {
  holds: (value) => value === null || isUser(value),
  words: 'a user with an id, or null',
}

/** A user, or `null` or `undefined` where no such user exists. */
export const userOrNothing: Expected<{ id: unknown } | null | undefined> = {
  holds: (value): value is { id: unknown } | null | undefined =>
    value === undefined || userOrNull.holds(value),
  words: userOrNull.words,
}

/** Any object, or `null` or `undefined` where none exists. */
export const objectOrNothing: Expected<object | null | undefined> = {
  holds: (value): value is object | null | undefined =>
    value === undefined || (typeof value === 'object' && !Array.isArray(value)),
  words: 'an object, or null',
}

/** Whether something is a user: an object with an id that a store keeps. */
export function isUser(value: unknown): value is { id: unknown } {
  if (!isObject(value)) return false
  try {
    return userIdOf(value) !== null && 'id' in value
  } catch {
    return false
  }
}

/** The value that a function returned. Throws a `server_error` that names it for any other. */
export function expected<T>(name: string, value: unknown, { holds, words }: Expected<T>): T {
  if (holds(value)) return value
  const cause = withCode(
    'OAUTH2_KIT_HOOK',
    new TypeError(`"${name}" must return ${words}, and returned ${described(value)}`),
  )
  throw new ServerError(null, cause)
}

/**
 * What a hook answers. What it throws says nothing to the client, unless it is an OAuth 2 error.
 */
export async function hookAnswer<T>(
  name: string,
  ask: () => unknown,
  possible: Expected<T>,
): Promise<T> {
  let answer: unknown
  try {
    answer = await ask()
  } catch (error) {
    throw asServerError(error)
  }
  return expected(name, answer, possible)
}

/** What the application throws says nothing to the client, unless it is an OAuth 2 error. */
export function asServerError(error: unknown): OAuth2Error {
  return error instanceof OAuth2Error ? error : new ServerError(null, error)
}

/**
 * What a function of the application that asks a database threw: a fault in its code is a
 * `server_error`. Anything else stays as it is, an outage.
 */
export function faultOrOutage(error: unknown): unknown {
  const isFault = faults.some((fault) => error instanceof fault)
  // What fetch() throws where the network is away is a TypeError with a cause.
  return isFault && (error as Error).cause === undefined ? new ServerError(null, error) : error
}

const faults = [TypeError, ReferenceError, RangeError, SyntaxError]

import { assertId } from './ids'
import { isObject } from '../values/is-object'

/**
 * Returns a user's id as the text that a store keeps, or `null` if there is no user. `user` is an
 * object with an `id`, or the id itself: a string, a number, a bigint or an ObjectId. Throws an
 * OptionError for any other value.
 */
export function userIdOf(user: unknown): string | null {
  const id: unknown = isObject(user) && 'id' in user && !isObjectId(user) ? user.id : user
  if (id === undefined || id === null) return null
  const text = typeof id === 'string' ? id : textOf(id)
  assertId(text, 'user.id')
  return text
}

function textOf(id: unknown): unknown {
  if (isObjectId(id)) return id.toHexString()
  // NaN and Infinity are rejected: a bug could assign the same one to many users.
  return Number.isFinite(id) || typeof id === 'bigint' ? String(id) : undefined
}

/** Returns whether a value is a MongoDB ObjectId, which also has an `id` property. */
function isObjectId(value: unknown): value is { toHexString(): string } {
  return isObject(value) && 'toHexString' in value && typeof value.toHexString === 'function'
}

import { assertId } from './ids'
import { isObject } from '../values/is-object'

/** The id of a user. Numbers and ObjectIds of MongoDB are stored as text. */
export type UserId = string | number | bigint | { toHexString(): string }

/** A user of the application: an object with an `id`, or a document of MongoDB with an `_id`. */
export type SignedInUser = { id: UserId } | { _id: UserId }

/**
 * Returns a user's id as the text that a store keeps, or `null` if there is no user. `user` is an
 * object with an `id` or an `_id`, or the id itself: a string, a number, a bigint or an ObjectId.
 * Throws an OptionError for any other value.
 */
export function userIdOf(user: unknown): string | null {
  const id: unknown = hasId(user) ? (user.id ?? user._id) : user
  if (id === undefined || id === null) return null
  const text = typeof id === 'string' ? id : textOf(id)
  assertId(text, 'user.id')
  return text
}

/** Returns whether a value is a user object. It may be an instance of a class, with getters. */
export function hasId(user: unknown): user is { id?: unknown; _id?: unknown } {
  return isObject(user) && ('id' in user || '_id' in user) && !isObjectId(user)
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

import { assertId } from './ids'
import { isObject } from '../values/is-object'

/**
 * The id of a user as a store keeps it, `null` for nobody. The user is an object with an `id`, or
 * the id: text, a number or an ObjectId. Throws a TypeError for anything else.
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
  // NaN and Infinity are what many users could have by mistake.
  return Number.isFinite(id) || typeof id === 'bigint' ? String(id) : undefined
}

/** MongoDB's own type of id, which has a member `id` besides. */
function isObjectId(value: unknown): value is { toHexString(): string } {
  return isObject(value) && 'toHexString' in value && typeof value.toHexString === 'function'
}

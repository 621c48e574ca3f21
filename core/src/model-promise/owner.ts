import { userIdOf } from '../contract/user-id'
import { optionError } from '../errors/option-error'
import { isObject } from '../values/is-object'

/**
 * Returns the id of the user that tokens are saved for, or `null` if the client acts for itself:
 * `getUserFromClient` then returned a user whose `id` is `null`. Throws an OptionError for an object
 * without an id, which is probably a mistake.
 */
export function ownerOf(user: unknown): string | null {
  const id = isObject(user) ? userIdOf(user) : null
  if (id !== null || (isObject(user) && user['id'] === null)) return id
  throw optionError('user', 'must be an object with an id or _id')
}

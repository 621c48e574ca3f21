import { isObject, isPlainObject } from '../values/is-object'
import type { Rule } from './rules'

/** The rule for the option `users`. */
export const usersRule: Rule = [
  isUsers,
  'must be an object with the functions authenticate, find or both, and no other property',
]

/**
 * Returns whether a value is `users`. A function that is present but undefined may be misspelt, and
 * deleted users would then keep their tokens.
 */
function isUsers(value: unknown): boolean {
  if (!isObject(value)) return false
  const names = ['authenticate', 'find'].filter((name) => name in value)
  return (
    names.length > 0 &&
    names.every((name) => typeof value[name] === 'function') &&
    // An instance of a class may have other members. In a plain object they may be misspelt.
    (!isPlainObject(value) || Object.keys(value).length === names.length)
  )
}

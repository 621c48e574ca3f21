import type { Passwords } from '../crypto/password'
import { isObject, isPlainObject } from '../values/is-object'
import type { Rule } from './rules'

/** The rule for options that are `Passwords`. */
export const passwordsRule: Rule = [
  isPasswords,
  'must be an object with the functions hash and verify, and isOutdated if needed',
]

const passwordsNames = ['hash', 'verify', 'isOutdated'] satisfies (keyof Passwords)[] as string[]

function isPasswords(value: unknown): boolean {
  if (!isObject(value)) return false
  const { hash, verify, isOutdated } = value
  if (typeof hash !== 'function' || typeof verify !== 'function') return false
  if (isOutdated !== undefined && typeof isOutdated !== 'function') return false
  // An instance of a class may have other properties. In a plain object they are probably misspelt.
  return !isPlainObject(value) || Object.keys(value).every((name) => passwordsNames.includes(name))
}

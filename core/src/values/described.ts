import { isObject, isPlainObject } from './is-object'

/**
 * Describes a value for an error message. Shows at most 20 characters of a string and no property
 * values, because they may be secret.
 */
export function described(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 20))
  if (typeof value === 'function') return 'a function'
  if (!isObject(value)) return String(value)
  if (Array.isArray(value)) return `an array of ${value.length}`
  const names = Object.keys(value).slice(0, 10)
  const kind = isPlainObject(value) ? 'an object' : 'an instance of a class'
  return names.length === 0 ? kind : `${kind} with ${names.join(', ')}`
}

import { optionError } from '../errors/option-error'

/** The maximum length of an id, a hash, a username or the key of a record, in characters. */
export const longestKey = 255

/**
 * Returns whether the value is text that every database stores and compares unchanged: 1 to 255
 * characters, well-formed, without NUL. Nothing else may be part of a query. MongoDB interprets an
 * object as an operator, MySQL compares a number with the digits at the start of a text, and a lone
 * surrogate is stored as another character.
 */
export function isKey(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value !== '' &&
    value.length <= longestKey &&
    value.isWellFormed() &&
    !value.includes('\0')
  )
}

/** Throws an OptionError for the first of the named values that is not a key. */
export function assertKeys(values: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(values)) {
    if (isKey(value)) continue
    throw optionError(
      name,
      `must be text of 1 to ${longestKey} characters, well-formed and without NUL`,
    )
  }
}

import { OptionError, optionError } from '../errors/option-error'
import type { Selector } from './store'

/**
 * The longest id, username or client id that a store is asked for, in characters: what every
 * database's key holds.
 */
export const longestId = 255

/**
 * Throws a TypeError unless the value is text that every store keeps and compares byte for byte: a
 * string, not empty, at most 255 characters, well-formed, without NUL. The last line of defence
 * before a query; requests are checked earlier and answered with an OAuth error.
 */
export function assertId(value: unknown, name: string): asserts value is string {
  if (typeof value !== 'string') throw optionError(name, `must be a string`)
  if (value === '') throw optionError(name, `must not be empty`)
  if (value.length > longestId) throw optionError(name, `must have at most ${longestId} characters`)
  if (!isStorableText(value)) throw optionError(name, `must be well-formed Unicode without NUL`)
}

/** Whether every database keeps the text as it is. */
export function isStorableText(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0')
}

/**
 * Throws a TypeError unless the selector selects something in particular: a careless store would
 * take one that lacks its ids for one that selects everything.
 */
export function assertSelector(selector: unknown): asserts selector is Selector {
  const ids = Object.entries((selector ?? {}) as Record<string, unknown>)
  const names = ids.map(([name]) => name).toSorted()
  if (!['grantId', 'userId', 'clientId,userId', 'clientId'].includes(names.join()))
    throw new OptionError(
      'selector',
      'Grants are selected by { grantId }, { userId }, { userId, clientId } or { clientId }',
    )
  for (const [name, id] of ids) assertId(id, name)
}

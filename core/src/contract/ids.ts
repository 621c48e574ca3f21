import { OptionError, optionError } from '../errors/option-error'
import type { Selector } from './store'

/**
 * The maximum length of an id, username or client id, in characters. Every supported database can
 * index a key of this length.
 */
export const longestId = 255

/**
 * Throws an OptionError unless every store can keep the value and compare it byte for byte: a
 * non-empty, well-formed string of at most 255 characters without NUL. This is the last check
 * before a query. Requests are checked earlier and rejected with an OAuth error.
 */
export function assertId(value: unknown, name: string): asserts value is string {
  if (typeof value !== 'string') throw optionError(name, `must be a string`)
  if (value === '') throw optionError(name, `must not be empty`)
  if (value.length > longestId) throw optionError(name, `must have at most ${longestId} characters`)
  if (!isStorableText(value)) throw optionError(name, `must be well-formed Unicode without NUL`)
}

/** Returns whether every database stores the text unchanged. */
export function isStorableText(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0')
}

/**
 * Throws an OptionError unless the selector has one of the allowed sets of ids. A careless store
 * could treat a selector without ids as one that selects every grant.
 */
export function assertSelector(selector: unknown): asserts selector is Selector {
  const ids = Object.entries((selector ?? {}) as Record<string, unknown>)
  const names = ids.map(([name]) => name).toSorted()
  if (!['grantId', 'userId', 'clientId,userId', 'clientId'].includes(names.join()))
    throw new OptionError(
      'selector',
      'A selector must be { grantId }, { userId }, { userId, clientId } or { clientId }',
    )
  for (const [name, id] of ids) assertId(id, name)
}

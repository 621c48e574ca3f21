import { isDate } from 'node:util/types'
import { assertId, isStorableText, longestId } from '../../contract/ids'
import { hasId, userIdOf } from '../../contract/user-id'
import { isGeneratedSecret } from '../../crypto/client-secret'
import { sha256 } from '../../crypto/hash'
import { type Passwords, isScryptHash, scryptPasswords } from '../../crypto/password'
import { optionError } from '../../errors/option-error'
import { longestParameter } from '../../http/request'
import { assertKnown } from '../../options/read-options'
import { parseScope } from '../../protocol/scope'

/** A row before its members are checked. */
export type Row = Readonly<Record<string, unknown>>

const latestTime = Date.UTC(10_000, 0) - 1
const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)$/

/** Throws an OptionError if a row has an unknown member. */
export function assertMembers(row: Row, known: readonly string[]): void {
  for (const name of Object.keys(row)) assertKnown(name, ['kind', ...known], 'this kind of row')
}

/** Returns the name of the only member that is set, or `undefined` if none is. */
export function onlyOneOf(row: Row, names: readonly string[]): string | undefined {
  const [first, second] = names.filter((name) => isSet(row[name]))
  if (second === undefined) return first
  throw optionError(second, `and "${first}" are both set: leave one of them out`)
}

/** Returns whether a member has a value. An exported column may be NULL. */
export function isSet(value: unknown): boolean {
  return value !== undefined && value !== null
}

/** Returns the SHA-256 in a member, in lowercase. */
export function sha256In(row: Row, name: string): string {
  const value = row[name]
  if (typeof value === 'string' && /^[0-9a-f]{64}$/i.test(value)) return value.toLowerCase()
  throw optionError(name, 'must be a SHA-256: 64 hexadecimal digits')
}

/** Returns the SHA-256 of a token that is plain in `name` or hashed in `nameSha256`. */
export function tokenHashIn(row: Row, name: string): string | undefined {
  const hashed = `${name}Sha256`
  const found = onlyOneOf(row, [name, hashed])
  if (found === undefined) return undefined
  if (found === hashed) return sha256In(row, hashed)
  const token = row[name]
  if (typeof token !== 'string' || token === '' || !isStorableText(token))
    throw optionError(name, 'must be non-empty text, well-formed Unicode without NUL')
  // A longer token is refused before it is looked up.
  if (token.length > longestParameter)
    throw optionError(name, `must have at most ${longestParameter} characters`)
  return sha256(token)
}

/** Returns the time in a member, in milliseconds since the epoch, or `null` for never. */
export function timeIn(row: Row, name: string): number | null {
  const value = row[name]
  if (value === null) return null
  if (value === undefined) throw optionError(name, 'is missing: write null for never')
  const isTime = isDate(value) || (typeof value === 'string' && isoTime.test(value))
  const time = isTime ? new Date(value).getTime() : NaN
  if (time >= 0 && time <= latestTime && (isDate(value) || isDay(value as string))) return time
  throw optionError(
    name,
    'must be a Date, or ISO 8601 text with a time zone, such as "2026-12-01T09:30:00Z", from 1970 to 9999',
  )
}

/** Returns whether the day of a time exists: `new Date()` takes 30 February as 2 March. */
function isDay(text: string): boolean {
  const day = text.slice(0, 10)
  return new Date(`${day}T00:00:00Z`).toISOString().startsWith(day)
}

/** Returns the scope in a member as text. */
export function scopeIn(row: Row, name: string): string {
  const value = row[name] ?? ''
  const text = Array.isArray(value) ? value.join(' ') : value
  const scopes = typeof text === 'string' ? parseScope(text) : undefined
  const isArrayOfNames = !Array.isArray(value) || value.every((one) => typeof one === 'string')
  if (scopes && isArrayOfNames) return scopes.join(' ')
  throw optionError(
    name,
    'must be text with single spaces between the names, or an array of names (RFC 6749 3.3)',
  )
}

/** Returns the id of a user in a member as text, or `null` if the member is not set. */
export function userIdIn(row: Row, name: string): string | null {
  const value = row[name]
  if (!isSet(value)) return null
  // JSON.parse() rounds a larger number, so that it could be the id of another user.
  const id: unknown = hasId(value) ? (value.id ?? value._id) : value
  const isExact = typeof id !== 'number' || Number.isSafeInteger(id)
  if (isExact && !Array.isArray(value)) {
    try {
      const id = userIdOf(value)
      if (id !== null) return id
    } catch {}
  }
  throw optionError(
    name,
    `must be text of 1 to ${longestId} characters, without NUL, or a whole number`,
  )
}

/** Returns the client id in a member. */
export function clientIdIn(row: Row, name: string): string {
  const value = row[name]
  assertId(value, name)
  return value
}

/**
 * Returns the hash of a password or secret in a member. `sha256Name` is the member for a SHA-256, if
 * the row may have one.
 */
export function slowHashIn(
  row: Row,
  name: string,
  passwords: Passwords,
  sha256Name?: string,
): string {
  const value = row[name]
  assertId(value, name)
  if (isGeneratedSecret(value.toLowerCase())) {
    const other =
      sha256Name === undefined
        ? 'import the password, or let the user set a new one'
        : `if it is that of a secret with at least 128 random bits, call it "${sha256Name}"`
    throw optionError(name, `must not be a plain SHA-256: ${other}`)
  }
  if (passwords === scryptPasswords && !isScryptHash(value))
    throw optionError(
      name,
      'was not made by hashPassword(): set the option "passwords", also that of the server, to ' +
        'functions that can verify it',
    )
  return value
}

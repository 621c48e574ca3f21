import { types } from 'node:util'
import { optionError } from '../errors/option-error'

/** What "never" is where a server requires a Date: the last moment that ISO 8601 can write. */
const never = Date.UTC(9999, 11, 31, 23, 59, 59, 999)

/** Returns the expiry as a Date. `null` means never. */
export function dateOrFar(expiresAt: number | null): Date {
  return new Date(expiresAt ?? never)
}

/** Returns the expiry as a Date, or `undefined` for never. */
export function dateOrNone(expiresAt: number | null): Date | undefined {
  return expiresAt === null ? undefined : new Date(expiresAt)
}

/** What limits the lifetime of a credential, beside the Date that the server computed. */
export interface ExpiryLimits {
  /** Milliseconds since the epoch. */
  createdAt: number
  /** The lifetime that the client is registered with, in seconds. `null` means never expires. */
  lifetime?: number | null | undefined
  /** The end of the grant in milliseconds since the epoch. */
  until: number | undefined
}

/**
 * Returns when a credential expires in milliseconds since the epoch, or `null` for never, which only
 * the registration of the client allows. Throws an OptionError if `date` is not a valid Date.
 */
export function expiryOf(
  name: string,
  date: unknown,
  { createdAt, lifetime, until }: ExpiryLimits,
): number | null {
  if (lifetime === null) return until ?? null
  if (!types.isDate(date) || Number.isNaN(date.getTime()))
    throw optionError(name, 'must be a valid Date')
  const registered = lifetime === undefined ? Infinity : createdAt + Math.floor(lifetime * 1000)
  return Math.min(date.getTime(), registered, until ?? Infinity)
}

import { TooManyRequestsError } from '../errors/errors'
import type { Rotations } from './credential-data'

const hourMs = 3_600_000

/**
 * Returns the rotation count of a grant, increased by one. Each refresh token passes the count on
 * to the next one, so stores need no counter. Throws a `TooManyRequestsError` if the hour's limit
 * is reached. Redeemed tokens are kept for days, so the limit bounds the space that a grant takes
 * in the database.
 */
export function rotated(
  before: Rotations | undefined,
  at: number,
  rotationsPerHour: number | null,
): Rotations | undefined {
  if (rotationsPerHour === null) return undefined
  const isSameHour = before !== undefined && Math.abs(at - before.since) < hourMs
  const { since, count } = isSameHour ? before : { since: at, count: 0 }
  if (count >= rotationsPerHour) {
    const seconds = Math.min(Math.ceil((since + hourMs - at) / 1000), hourMs / 1000)
    throw new TooManyRequestsError(seconds, 'The grant was refreshed too often')
  }
  return { since, count: count + 1 }
}

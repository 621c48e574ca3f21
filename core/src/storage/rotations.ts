import { TooManyRequestsError } from '../errors/errors'
import type { Rotations } from './credential-data'

const hourMs = 3_600_000

/**
 * The rotations of a grant, with one more. The count goes from each refresh token to the next, so that
 * no store has to keep it. Throws a `TooManyRequestsError` where the hour has had as many as it may:
 * what is redeemed must be remembered for days, so this bounds what a grant takes in the database.
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

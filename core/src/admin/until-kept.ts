import { withCode } from '../errors/error-code'
import { setTimeout as pause } from 'node:timers/promises'

const mostTries = 20
const longestPauseMs = 100

/**
 * Tries a change until the store keeps it: `null` says that somebody else was first, so that it must
 * be made of the record as it is now. Throws an Error if others are first again and again.
 */
export async function untilKept<T>(what: string, change: () => Promise<T | null>): Promise<T> {
  for (let tries = 1; tries <= mostTries; tries++) {
    const kept = await change()
    if (kept !== null) return kept
    await pause(Math.random() * Math.min(longestPauseMs, 2 ** tries))
  }
  throw withCode(
    'OAUTH2_KIT_CONFLICT',
    new Error(`The ${what} is changed by others all the time: try again later`),
  )
}

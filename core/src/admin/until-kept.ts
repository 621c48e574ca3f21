import { withCode } from '../errors/error-code'
import { setTimeout as pause } from 'node:timers/promises'

const mostTries = 20
const longestPauseMs = 100

/**
 * Retries a change until the store accepts it. `change` reads the record anew on each attempt, and
 * resolves with `null` if another call changed the record first. Throws an Error if every attempt
 * conflicts.
 */
export async function untilKept<T>(what: string, change: () => Promise<T | null>): Promise<T> {
  for (let tries = 1; tries <= mostTries; tries++) {
    const kept = await change()
    if (kept !== null) return kept
    await pause(Math.random() * Math.min(longestPauseMs, 2 ** tries))
  }
  throw withCode(
    'OAUTH2_KIT_CONFLICT',
    new Error(`The ${what} was changed by other calls during every attempt: try again later`),
  )
}

import type { Attempt, Limiter } from '@oauth2-kit/core'
import type { LimiterOptions } from '@oauth2-kit/limiter'
import { type Log, stackOf } from '../log.js'

/**
 * The number of wrong secrets and passwords that are allowed, on the sign-in page and at the
 * endpoints together.
 */
export const limits: LimiterOptions = {
  perAddress: { failures: 30, seconds: 60 },
  perName: { failures: 10, seconds: 60 },
}

/** The result of a password check, or the time until the next one is allowed. */
export type Outcome<T> = { found: T | null } | { retryAfterSeconds: number }

/**
 * Checks a password if the limiter allows it. The attempt counts while the check runs, so that
 * parallel attempts can't exceed the limit, and afterwards if the password was wrong.
 */
export async function withinLimit<T>(
  limiter: Limiter | undefined,
  log: Log,
  attempt: Attempt,
  look: () => Promise<T | null>,
): Promise<Outcome<T>> {
  if (!limiter) return { found: await look() }
  const verdict = await limiter.take(attempt)
  if (verdict.problem !== undefined) {
    log.warn({ stack: stackOf(verdict.problem) }, 'The limiter does not count')
  }
  if (!verdict.allowed) return { retryAfterSeconds: verdict.retryAfterSeconds }
  let wrong = false
  try {
    const found = await look()
    wrong = found === null
    return { found }
  } finally {
    if (!wrong) await verdict.giveBack()
  }
}

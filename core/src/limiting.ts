import type { Attempt, Limiter, Verdict } from './contract/limiter'
import { type OAuth2Error, TooManyRequestsError } from './errors/errors'
import type { Emit, SecretOf } from './events'
import { isRefusal } from './errors/refusals'
import { TimeoutError, type WithTimeout } from './async/timeout'
import { sha256 } from './crypto/hash'

/**
 * Calls `verify` if the limiter allows the attempt, and resolves with its result. Throws a
 * `TooManyRequestsError` if the limiter refuses.
 */
export type Limited = <T>(
  attempt: Attempt,
  secrets: readonly string[],
  verify: () => Promise<T>,
) => Promise<T>

/** A group of concurrent requests that try the same secret. */
interface Guess {
  verdict: Promise<Verdict>
  requests: number
  wrong: boolean
}

/**
 * Returns a function that verifies secrets under the limiter. Concurrent requests with the same
 * secret count as one attempt, so that a client with the right secret takes only one attempt
 * however many requests it sends at once.
 */
export function limiting(
  limiter: Limiter | undefined,
  emit: Emit,
  withTimeout: WithTimeout,
): Limited {
  if (!limiter) return (_attempt, _secrets, verify) => verify()
  const take = tolerant(limiter, emit, withTimeout)
  const guesses = new Map<string, Guess>()

  async function leave(key: string, guess: Guess): Promise<void> {
    guess.requests--
    if (guess.requests > 0) return
    guesses.delete(key)
    const verdict = await guess.verdict
    if (verdict.allowed && !guess.wrong) await verdict.giveBack()
  }

  return async (attempt, secrets, verify) => {
    const { clientId, username, registration, userCode, address } = attempt
    const who = [clientId, username, registration, userCode, address]
    const key = sha256(JSON.stringify([who, secrets]))
    const guess = guesses.get(key) ?? { verdict: take(attempt), requests: 0, wrong: false }
    guesses.set(key, guess)
    guess.requests++
    let late: Promise<unknown> | undefined
    try {
      const verdict = await guess.verdict
      if (!verdict.allowed) throw refusal(attempt, verdict.retryAfterSeconds, emit)
      const result = await verify()
      guess.wrong ||= !result
      return result
    } catch (error) {
      // The application's own check may reject the secret with an OAuth error. Any other error is a
      // failure of the server and does not count as a wrong secret.
      guess.wrong ||= isRefusal(error)
      late = error instanceof TimeoutError ? error.pending() : undefined
      throw error
    } finally {
      void settled(late, guess).then(() => leave(key, guess))
    }
  }
}

/** Waits for a result that missed the timeout: it still shows whether the secret was wrong. */
async function settled(late: Promise<unknown> | undefined, guess: Guess): Promise<void> {
  if (!late) return
  try {
    guess.wrong ||= !(await late)
  } catch (error) {
    guess.wrong ||= isRefusal(error)
  }
}

/**
 * Returns a `take` that never rejects. If the limiter fails, the attempt is allowed, so that an
 * attack on the limiter cannot stop the server.
 */
function tolerant(limiter: Limiter, emit: Emit, withTimeout: WithTimeout): Limiter['take'] {
  const report = (error: unknown) => emit('limiter.failed', { error })
  return async (attempt) => {
    try {
      const verdict = await withTimeout(async () => limiter.take(attempt), "The limiter's take")
      if (verdict.problem !== undefined) report(verdict.problem)
      if (!verdict.allowed) return verdict
      const giveBack = () =>
        withTimeout(async () => verdict.giveBack(), "The limiter's giveBack").catch(report)
      return { allowed: true, giveBack }
    } catch (error) {
      report(error)
      return { allowed: true, giveBack: async () => {} }
    }
  }
}

function refusal(attempt: Attempt, seconds: number, emit: Emit): OAuth2Error {
  const { clientId, address } = attempt
  const retryAfterSeconds = Math.max(1, Math.ceil(seconds) || 1)
  const secretOf = secretOfAttempt(attempt)
  emit('limiter.refused', { secretOf, clientId, address, retryAfterSeconds })
  return secretOf === 'registration'
    ? new TooManyRequestsError(retryAfterSeconds, 'Too many registrations: try again later')
    : new TooManyRequestsError(retryAfterSeconds)
}

function secretOfAttempt({ username, registration, userCode }: Attempt): SecretOf {
  if (registration) return 'registration'
  if (userCode) return 'device'
  return username === undefined ? 'client' : 'user'
}

import type { Attempt, Limiter, Verdict } from './contract/limiter'
import { type OAuth2Error, TooManyRequestsError } from './errors/errors'
import type { Emit } from './events'
import { isRefusal } from './errors/refusals'
import { TimeoutError, type WithTimeout } from './async/timeout'
import { sha256 } from './crypto/hash'

/**
 * Looks whether a secret is right, as often as the limiter allows. Throws a `TooManyRequestsError`
 * where it does not.
 */
export type Limited = <T>(
  attempt: Attempt,
  secrets: readonly string[],
  verify: () => Promise<T>,
) => Promise<T>

/** Requests that try the same secret at the same time. */
interface Guess {
  verdict: Promise<Verdict>
  requests: number
  wrong: boolean
}

/**
 * Looks at secrets under a limiter. To try the same secret many times at once is one guess: however
 * many requests a client has under way, those with its right secret hold a single attempt.
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
    const { clientId, username, address } = attempt
    const key = sha256(JSON.stringify([clientId, username, address, secrets]))
    const guess = guesses.get(key) ?? { verdict: take(attempt), requests: 0, wrong: false }
    guesses.set(key, guess)
    guess.requests++
    let late: Promise<unknown> | undefined
    try {
      const verdict = await guess.verdict
      if (!verdict.allowed) throw refusal(attempt, verdict.retryAfterSeconds, emit)
      const found = await verify()
      guess.wrong ||= !found
      return found
    } catch (error) {
      // The application's own check may say so by an error; any other is none of the client's.
      guess.wrong ||= isRefusal(error)
      late = error instanceof TimeoutError ? error.pending() : undefined
      throw error
    } finally {
      void settled(late, guess).then(() => leave(key, guess))
    }
  }
}

/** What comes too late for the client still says whether the secret was wrong. */
async function settled(late: Promise<unknown> | undefined, guess: Guess): Promise<void> {
  if (!late) return
  try {
    guess.wrong ||= !(await late)
  } catch (error) {
    guess.wrong ||= isRefusal(error)
  }
}

/** A limiter that never fails: who can stop it must not be able to stop the server with it. */
function tolerant(limiter: Limiter, emit: Emit, withTimeout: WithTimeout): Limiter['take'] {
  const tell = (error: unknown) => emit('limiter.failed', { error })
  return async (attempt) => {
    try {
      const verdict = await withTimeout(async () => limiter.take(attempt), "The limiter's take")
      if (verdict.problem !== undefined) tell(verdict.problem)
      if (!verdict.allowed) return verdict
      const giveBack = () =>
        withTimeout(async () => verdict.giveBack(), "The limiter's giveBack").catch(tell)
      return { allowed: true, giveBack }
    } catch (error) {
      tell(error)
      return { allowed: true, giveBack: async () => {} }
    }
  }
}

function refusal({ clientId, username, address }: Attempt, given: number, emit: Emit): OAuth2Error {
  const retryAfterSeconds = Math.max(1, Math.ceil(given) || 1)
  const secretOf = username === undefined ? 'client' : 'user'
  emit('limiter.refused', { secretOf, clientId, address, retryAfterSeconds })
  return new TooManyRequestsError(retryAfterSeconds)
}

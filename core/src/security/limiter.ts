import type { Settings } from '../options/server-options'
import { type OAuth2Error, TooManyRequestsError } from '../errors'
import type { Emit } from '../events'
import { isRefusal } from '../refusals'
import { DeadlineError, type Within } from '../store/deadline'
import { sha256 } from './hash'

/** Somebody is about to try a client's secret or, where there is a username, a user's password. */
export interface Attempt {
  /** As it was sent: there need be no such client. */
  clientId: string
  /** As it was sent: there need be no such user. */
  username?: string
  /** Where the request came from; `undefined` = unknown. */
  address: string | undefined
}

/** What a limiter says to an attempt. */
export type Verdict = (
  | {
      allowed: true
      /** Gives the attempt back: the secret was right, or could not be looked at. */
      giveBack(): Promise<void>
    }
  | {
      allowed: false
      /** Seconds until another attempt may be allowed. */
      retryAfterSeconds: number
    }
) & {
  /** What the limiter could not do as it should: told as `limiter.failed`. */
  problem?: unknown
}

/**
 * Limits how often secrets and passwords may be tried in vain. An attempt is taken before the secret
 * is looked at, so that many at once are no way around the limit, and given back unless the secret
 * was wrong, so that only failures count.
 */
export interface Limiter {
  /** Takes an attempt off those that are allowed, atomically, or says that there is none left. */
  take(attempt: Attempt): Promise<Verdict>
}

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
export function limiting({ limiter }: Settings, emit: Emit, within: Within): Limited {
  if (!limiter) return (_attempt, _secrets, verify) => verify()
  const take = tolerant(limiter, emit, within)
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
      late = error instanceof DeadlineError ? error.pending() : undefined
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
function tolerant(limiter: Limiter, emit: Emit, within: Within): Limiter['take'] {
  const tell = (error: unknown) => emit('limiter.failed', { error })
  return async (attempt) => {
    try {
      const verdict = await within(async () => limiter.take(attempt), "The limiter's take")
      if (verdict.problem !== undefined) tell(verdict.problem)
      if (!verdict.allowed) return verdict
      const giveBack = () =>
        within(async () => verdict.giveBack(), "The limiter's giveBack").catch(tell)
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

import type { Hash, NewCredential } from './contract'
import type { IssuedTokens } from './port'

/** One attempt to redeem a credential: what it would become, and the answer that goes with it. */
export interface RedeemAttempt {
  tokens: IssuedTokens
  /** What the request had asked for. */
  asked: string
  /** What the store is given; the first hash names the attempt. */
  credentials: NewCredential[]
  /** Whether its answer is kept for other processes too. */
  isAnswerKept: boolean
}

interface Doubt {
  attempt: RedeemAttempt
  forgetAt: number
}

// A database that stands still for a minute, and the client's next try.
const rememberMs = 120_000
const mostTokens = 10_000
const mostOfToken = 16

/**
 * Attempts whose outcome is not known: the store failed, or did not answer in time. The client was
 * answered 503, and tries again with the same credential. The same attempt is made again then, so
 * that it gets its tokens whether or not the first try has reached the database.
 */
export class Attempts {
  readonly #doubts = new Map<Hash, Doubt[]>()

  /** The attempts in doubt that would answer the same, the newest first. */
  for(presented: Hash, { asked }: Pick<RedeemAttempt, 'asked'>): RedeemAttempt[] {
    return this.#of(presented)
      .filter(({ attempt }) => attempt.asked === asked)
      .map(({ attempt }) => attempt)
      .toReversed()
  }

  /** Whether an attempt on that credential, or that very attempt, is in doubt. */
  has(presented: Hash, attempt?: RedeemAttempt): boolean {
    return this.#of(presented).some((one) => attempt === undefined || one.attempt === attempt)
  }

  /** Remembers an attempt. */
  doubt(presented: Hash, attempt: RedeemAttempt): void {
    const others = this.#of(presented).filter((one) => one.attempt !== attempt)
    const doubt = { attempt, forgetAt: Date.now() + rememberMs }
    // The newest token last: the oldest is the first to be forgotten.
    this.#doubts.delete(presented)
    this.#doubts.set(presented, [...others, doubt].slice(-mostOfToken))
    const [oldest] = this.#doubts.keys()
    if (this.#doubts.size > mostTokens && oldest !== undefined) this.#doubts.delete(oldest)
  }

  /** Forgets an attempt whose outcome is known. */
  settled(presented: Hash, attempt: RedeemAttempt): void {
    const others = this.#of(presented).filter((one) => one.attempt !== attempt)
    if (others.length > 0) this.#doubts.set(presented, others)
    else this.#doubts.delete(presented)
  }

  #of(presented: Hash): Doubt[] {
    const now = Date.now()
    return this.#doubts.get(presented)?.filter(({ forgetAt }) => forgetAt > now) ?? []
  }
}

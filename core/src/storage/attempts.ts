import type { Hash, NewCredential } from '../contract/store'
import type { IssuedTokens } from './storage'
import { SeenBefore } from './seen-before'

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

const mostOfToken = 16

/**
 * Attempts whose outcome is not known: the store failed, or did not answer in time. The client was
 * answered 503, and tries again with the same credential. The same attempt is made again then, so
 * that it gets its tokens whether or not the first try has reached the database.
 */
export class Attempts {
  readonly #doubts = new SeenBefore<RedeemAttempt[]>()

  /** The attempts in doubt that would answer the same, the newest first. */
  for(presented: Hash, { asked }: Pick<RedeemAttempt, 'asked'>): RedeemAttempt[] {
    return this.#of(presented)
      .filter((one) => one.asked === asked)
      .toReversed()
  }

  /** Whether an attempt on that credential, or that very attempt, is in doubt. */
  has(presented: Hash, attempt?: RedeemAttempt): boolean {
    return this.#of(presented).some((one) => attempt === undefined || one === attempt)
  }

  /** Remembers an attempt. */
  doubt(presented: Hash, attempt: RedeemAttempt): void {
    this.#doubts.set(presented, [...this.#others(presented, attempt), attempt].slice(-mostOfToken))
  }

  /** Forgets an attempt whose outcome is known. */
  settled(presented: Hash, attempt: RedeemAttempt): void {
    if (!this.has(presented, attempt)) return
    const others = this.#others(presented, attempt)
    if (others.length > 0) this.#doubts.set(presented, others)
    else this.#doubts.delete(presented)
  }

  #of(presented: Hash): RedeemAttempt[] {
    return this.#doubts.get(presented) ?? []
  }

  #others(presented: Hash, attempt: RedeemAttempt): RedeemAttempt[] {
    return this.#of(presented).filter((one) => one !== attempt)
  }
}

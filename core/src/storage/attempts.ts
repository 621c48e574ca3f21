import type { Hash, NewCredential } from '../contract/store'
import type { IssuedTokens } from './storage'
import { SeenBefore } from './seen-before'

/** An attempt to redeem a credential, with the tokens that it issues if it wins. */
export interface RedeemAttempt {
  tokens: IssuedTokens
  /** The requested scope and resources, and the key of the proof, as text. */
  asked: string
  /** The credentials to pass to the store. The hash of the first one identifies the attempt. */
  credentials: NewCredential[]
  /** Whether its answer is also kept in the store, for other processes. */
  isAnswerKept: boolean
}

const mostPerToken = 16

/**
 * Attempts with an unknown outcome: the store failed or did not answer in time. The client received
 * a 503 and retries with the same credential. The server then repeats the same attempt, so that the
 * client gets its tokens whether or not the first try reached the database.
 */
export class Attempts {
  readonly #doubts = new SeenBefore<RedeemAttempt[]>()

  /** Returns the attempts in doubt that answer the same request, newest first. */
  for(presented: Hash, { asked }: Pick<RedeemAttempt, 'asked'>): RedeemAttempt[] {
    return this.#of(presented)
      .filter((one) => one.asked === asked)
      .toReversed()
  }

  /** Returns whether any attempt on that credential, or the given attempt, is in doubt. */
  has(presented: Hash, attempt?: RedeemAttempt): boolean {
    return this.#of(presented).some((one) => attempt === undefined || one === attempt)
  }

  /** Remembers an attempt whose outcome is unknown. */
  doubt(presented: Hash, attempt: RedeemAttempt): void {
    this.#doubts.set(presented, [...this.#others(presented, attempt), attempt].slice(-mostPerToken))
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

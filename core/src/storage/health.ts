import type { WithTimeout } from '../async/timeout'

/**
 * Whether the store has failed lately, or stood still, by the calls that are made through `watched`.
 * What the application's own functions do says nothing of the store.
 */
export class StoreHealth {
  #troubledAt = -Infinity

  /** @param slowMs A call that takes longer, in milliseconds, has found the store standing still. */
  constructor(private readonly slowMs: number) {}

  /** Asks as `within` does, and notes what fails or is slow. */
  watched(withTimeout: WithTimeout): WithTimeout {
    return (ask, what) => {
      const start = performance.now()
      const answer = withTimeout(ask, what)
      // Beside the answer, not on its way: every look-up of a token comes through here.
      answer.then(
        () => {
          const end = performance.now()
          if (end - start > this.slowMs) this.#troubledAt = end
        },
        () => {
          this.#troubledAt = performance.now()
        },
      )
      return answer
    }
  }

  /** Whether that was within so many milliseconds. */
  wasTroubled(withinMs: number): boolean {
    return performance.now() - this.#troubledAt < withinMs
  }
}

import type { Within } from './deadline'

/**
 * Whether the store has failed lately, or stood still, by the calls that are made through `watched`.
 * What the application's own functions do says nothing of the store.
 */
export class StoreHealth {
  #troubledAt = -Infinity

  /** @param slowMs A call that takes longer, in milliseconds, has found the store standing still. */
  constructor(private readonly slowMs: number) {}

  /** Asks as `within` does, and notes what fails or is slow. */
  watched(within: Within): Within {
    return async (ask, what) => {
      const start = performance.now()
      let isAnswered = false
      try {
        const answer = await within(ask, what)
        isAnswered = true
        return answer
      } finally {
        const end = performance.now()
        if (!isAnswered || end - start > this.slowMs) this.#troubledAt = end
      }
    }
  }

  /** Whether that was within so many milliseconds. */
  wasTroubled(withinMs: number): boolean {
    return performance.now() - this.#troubledAt < withinMs
  }
}

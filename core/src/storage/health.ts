import type { WithTimeout } from '../async/timeout'

/**
 * Records when the store last failed or stalled. Only calls made through `watched` count, because
 * the application's own functions say nothing about the store.
 */
export class StoreHealth {
  #troubledAt = -Infinity

  /** @param slowMs Milliseconds. A call that takes longer counts as a stall of the store. */
  constructor(private readonly slowMs: number) {}

  /** Wraps a `WithTimeout` to record calls that fail or are slow. */
  watched(withTimeout: WithTimeout): WithTimeout {
    return (call, what) => {
      const start = performance.now()
      const answer = withTimeout(call, what)
      // Not chained to the returned promise, so that token look-ups are not delayed.
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

  /** Returns whether the store failed or stalled within the last `withinMs` milliseconds. */
  wasTroubled(withinMs: number): boolean {
    return performance.now() - this.#troubledAt < withinMs
  }
}

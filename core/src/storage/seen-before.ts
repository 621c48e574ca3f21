import type { Hash } from '../contract/store'

// Enough for a database that stalls for a minute and for the client's retry after that.
const rememberMs = 120_000
/** The maximum number of credentials to remember. */
export const mostSeen = 10_000

/**
 * Remembers a value per credential for two minutes, in the memory of this process. Keeps at most
 * 10,000 credentials and removes the oldest first.
 */
export class SeenBefore<T> {
  readonly #seen = new Map<Hash, { value: T; forgetAt: number }>()

  get size(): number {
    return this.#seen.size
  }

  get(hash: Hash): T | undefined {
    const found = this.#seen.get(hash)
    if (!found || found.forgetAt > Date.now()) return found?.value
    this.#seen.delete(hash)
    return undefined
  }

  set(hash: Hash, value: T): void {
    this.#seen.delete(hash)
    this.#seen.set(hash, { value, forgetAt: Date.now() + rememberMs })
    const [oldest] = this.#seen.keys()
    if (this.#seen.size > mostSeen && oldest !== undefined) this.#seen.delete(oldest)
  }

  delete(hash: Hash): void {
    this.#seen.delete(hash)
  }
}

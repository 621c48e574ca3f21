import type { Hash } from '../contract/store'

// A database that stands still for a minute, and the client's next try.
const rememberMs = 120_000
/** Of so many credentials something is remembered. */
export const mostSeen = 10_000

/**
 * Remembers something of credentials for two minutes, in this process: of 10,000 at most, of which the
 * oldest goes first.
 */
export class SeenBefore<T> {
  readonly #seen = new Map<Hash, { value: T; forgetAt: number }>()

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

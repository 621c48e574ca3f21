import type { Client } from '../../contract/store'
import type { ImportStore } from './importing'
import { inStore } from './row-error'

const mostKnown = 1000

/** The clients of a store, as this run saw them last. Most rows belong to few clients. */
export class KnownClients {
  readonly #records = new Map<string, Client>()
  /** Clients that a dry run would have created. */
  readonly #assumed = new Map<string, readonly string[] | null>()

  constructor(private readonly store: Pick<ImportStore, 'getClient'>) {}

  /** Resolves with the client, or with `null` if it is not registered. */
  async get(id: string): Promise<Client | null> {
    const known = this.#records.get(id)
    if (known) return known
    const found = await inStore(() => this.store.getClient(id))
    if (found?.id !== id) return null
    if (this.#records.size >= mostKnown) this.#records.clear()
    this.#records.set(id, found)
    return found
  }

  /** Forgets a client that has changed. */
  forget(id: string): void {
    this.#records.delete(id)
  }

  /** Counts a client with these scopes as registered, in a dry run. `null` means any. */
  assume(id: string, scopes: readonly string[] | null): void {
    this.#assumed.set(id, scopes)
  }

  /** Resolves with the scopes of the client, or with `null` for any, also if it does not exist. */
  async scopesOf(id: string): Promise<readonly string[] | null> {
    return (await this.get(id))?.scopes ?? this.#assumed.get(id) ?? null
  }

  isAssumed(id: string): boolean {
    return this.#assumed.has(id)
  }
}

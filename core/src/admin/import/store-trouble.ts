import type { Store } from '../../contract/store'

/** The failing rows in sequence after which the store counts as broken. */
const mostInSequence = 50

/** Distinguishes a row that the store cannot keep from a store that is away. */
export class StoreTrouble {
  #inSequence = 0

  constructor(private readonly store: Pick<Store, 'getRecord'>) {}

  succeeded(): void {
    this.#inSequence = 0
  }

  /** Throws the error if the store is away, or the signal is aborted. */
  async failed(error: unknown, signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted()
    if (++this.#inSequence >= mostInSequence) throw error
    try {
      await this.store.getRecord('import:is-the-store-there')
    } catch {
      throw error
    }
  }
}

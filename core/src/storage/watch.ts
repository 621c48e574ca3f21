import { setTimeout as pause } from 'node:timers/promises'
import { atOnce } from '../async/at-once'
import type { Hash } from '../contract/store'
import { mostSeen } from './seen-before'

/** An attempt whose outcome is unknown to this process. */
export interface Doubt {
  /** The hash of the credential that exists in the store if the attempt has won. */
  hash: Hash
  /** Returns whether the outcome is still needed. */
  isOpen: () => boolean
  /** Called if the attempt has won. */
  won: () => void
}

interface Watched extends Doubt {
  giveUpAt: number
  /**
   * The start of the current run of successful look-ups. A failed operation may still take effect,
   * so a single look-up that finds nothing does not settle the doubt.
   */
  answersSince?: number | undefined
}

const watchMs = 90_000
const lookAgainMs = 250
/** The number of look-ups at the start of each round that test whether the store responds. */
const probes = 64

/** Limits background calls to 16 at once. A call that hangs frees its place after 500 ms. */
export const inBackgroundTurn = () => atOnce(16, { placeMs: 500 })

/**
 * Looks up in the store whether attempts in doubt have won. It looks for all of them every 250 ms,
 * but only for a few while the store fails. It gives up on an attempt after 90 seconds, or after
 * the store has answered for `settledMs` (milliseconds) without finding it. It watches at most as
 * many attempts as `SeenBefore` remembers.
 */
export class Watch {
  readonly #doubts = new Map<Hash, Watched>()
  readonly #inTurn = inBackgroundTurn()
  #isLooking = false

  constructor(
    private readonly isThere: (hash: Hash) => Promise<boolean>,
    private readonly settledMs: number,
  ) {}

  add(doubt: Doubt): void {
    const giveUpAt = Date.now() + watchMs
    const known = this.#doubts.get(doubt.hash)
    // A repeat of the same attempt. Update the existing entry, which a look-up may be using now.
    if (known) known.giveUpAt = giveUpAt
    else if (this.#doubts.size < mostSeen) this.#doubts.set(doubt.hash, { ...doubt, giveUpAt })
    if (!this.#isLooking) void this.#run()
  }

  async #run(): Promise<void> {
    this.#isLooking = true
    while (this.#doubts.size > 0) {
      await this.#round()
      await pause(lookAgainMs, undefined, { ref: false })
    }
    this.#isLooking = false
  }

  async #round(): Promise<void> {
    const now = Date.now()
    for (const { hash, isOpen, giveUpAt } of this.#doubts.values())
      if (!isOpen() || giveUpAt < now) this.#doubts.delete(hash)
    const all = [...this.#doubts.values()]
    const answered = await this.#lookFor(all.slice(0, probes))
    if (answered.includes(true)) await this.#lookFor(all.slice(probes))
  }

  #lookFor(some: readonly Watched[]): Promise<boolean[]> {
    return Promise.all(some.map((one) => this.#inTurn(() => this.#look(one))))
  }

  /** Resolves with whether the store answered. */
  async #look(one: Watched): Promise<boolean> {
    const { hash, isOpen, won } = one
    // A retry or a late reply of the store has settled the doubt.
    if (!isOpen()) return false
    try {
      const isThere = await this.isThere(hash)
      one.answersSince ??= Date.now()
      if (isThere || Date.now() - one.answersSince > this.settledMs) this.#doubts.delete(hash)
      if (isThere) won()
      return true
    } catch {
      one.answersSince = undefined
      // Move it to the end of the map, so that other attempts are the probes of the next round.
      if (this.#doubts.delete(hash)) this.#doubts.set(hash, one)
      return false
    }
  }
}

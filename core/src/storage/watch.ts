import { setTimeout as pause } from 'node:timers/promises'
import { atOnce } from '../async/at-once'
import type { Hash } from '../contract/store'
import { mostSeen } from './seen-before'

/** An attempt of which this process does not know whether it has won. */
export interface Doubt {
  /** What is found if it has. */
  hash: Hash
  /** Whether anybody still wants to know. */
  isOpen: () => boolean
  /** It has won. */
  won: () => void
}

interface Watched extends Doubt {
  giveUpAt: number
  /** Since when the store has answered each time: what has failed may still be done. */
  answersSince?: number | undefined
}

const watchMs = 90_000
const lookAgainMs = 250
/** So many find out in each round whether the store answers, before all others ask. */
const probes = 64

/** Calls that nobody waits for take so many places, and leave those that hang behind. */
export const inBackgroundTurn = () => atOnce(16, { placeMs: 500 })

/**
 * Looks for what attempts in doubt would have left in the store: all of them every 250 ms, but a few only
 * while the store fails. Each is given up after 90 seconds, or once the store has answered for
 * `settledMs` without it. It watches as many as `SeenBefore` remembers.
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
    // The same attempt, made again: it may be looked for at this moment.
    if (known) known.giveUpAt = giveUpAt
    else if (this.#doubts.size < mostSeen) this.#doubts.set(doubt.hash, { ...doubt, giveUpAt })
    if (!this.#isLooking) void this.#goOn()
  }

  async #goOn(): Promise<void> {
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

  /** Whether the store has answered. */
  async #look(one: Watched): Promise<boolean> {
    const { hash, isOpen, won } = one
    // A retry has settled it, or the late answer of the store has.
    if (!isOpen()) return false
    try {
      const isThere = await this.isThere(hash)
      one.answersSince ??= Date.now()
      if (isThere || Date.now() - one.answersSince > this.settledMs) this.#doubts.delete(hash)
      if (isThere) won()
      return true
    } catch {
      one.answersSince = undefined
      // To the end: next time others find out whether the store answers them.
      if (this.#doubts.delete(hash)) this.#doubts.set(hash, one)
      return false
    }
  }
}

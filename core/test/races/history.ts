/** One thing that somebody did, from its start to its end in ticks of one counter. */
export interface Deed<T = unknown> {
  what: string
  start: number
  /** `Infinity` until it has ended. */
  end: number
  /** Whether it was acknowledged; else it may or may not have happened. */
  isDone: boolean
  value: T
}

/** What happened, in the order in which it began. */
export class History {
  readonly deeds: Deed[] = []
  #ticks = 0

  /** Does something, and writes down when; an error means that its outcome is not known. */
  async record<T>(what: string, value: T, work: () => Promise<unknown>): Promise<Deed<T>> {
    const deed: Deed<T> = { what, start: this.#ticks++, end: Infinity, isDone: false, value }
    this.deeds.push(deed)
    try {
      await work()
      deed.isDone = true
    } catch (error) {
      if (!(error instanceof Error)) throw error
    }
    deed.end = this.#ticks++
    return deed
  }

  of<T>(what: string): Deed<T>[] {
    return this.deeds.filter((deed) => deed.what === what) as Deed<T>[]
  }

  tick(): number {
    return this.#ticks++
  }
}

/** The deeds of which the last one may be what holds: none that was done began after they ended. */
export function possiblyLast<T>(deeds: readonly Deed<T>[]): Deed<T>[] {
  return deeds.filter((one) => !deeds.some((other) => other.isDone && other.start > one.end))
}

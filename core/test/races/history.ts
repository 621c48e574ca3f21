/** One operation, with its start and end in ticks of one counter. */
export interface Deed<T = unknown> {
  what: string
  start: number
  /** `Infinity` until it has ended. */
  end: number
  /** Whether it was acknowledged. Otherwise it may or may not have taken effect. */
  isDone: boolean
  value: T
}

/** The operations, in the order in which they began. */
export class History {
  readonly deeds: Deed[] = []
  #ticks = 0

  /** Runs an operation, and records its times. After an error its outcome is unknown. */
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

/** The deeds that may be the last one: no acknowledged deed began after they ended. */
export function possiblyLast<T>(deeds: readonly Deed<T>[]): Deed<T>[] {
  return deeds.filter((one) => !deeds.some((other) => other.isDone && other.start > one.end))
}

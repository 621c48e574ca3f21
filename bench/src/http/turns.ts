import { block } from './setup'

/** The CPU time of a server while the bare route and the library answered in turns. */
export interface Visit {
  /** CPU microseconds per request of the bare route. */
  bare: number[]
  /** CPU microseconds per request of the library, in the neighbouring block of requests. */
  library: number[]
}

/**
 * Makes the bare route and the library answer in turns, one block of requests each, in random
 * order, and records the CPU time of every block. The server does this by itself, because a request
 * for it would cost more than what is measured.
 */
export class Turns {
  private visit: Visit = { bare: [], library: [] }
  private left = 0
  private isBare = true
  private isSecond = true
  private since: NodeJS.CpuUsage | undefined

  constructor(private readonly hasLibrary: boolean) {}

  /** Discards the records. The next request begins a block. */
  begin(): void {
    this.visit = { bare: [], library: [] }
    this.left = 0
    this.isSecond = true
    this.since = undefined
  }

  /** Returns the records, in complete pairs. */
  end(): Visit {
    const { bare, library } = this.visit
    const whole = this.hasLibrary ? Math.min(bare.length, library.length) : bare.length
    return { bare: bare.slice(0, whole), library: library.slice(0, whole) }
  }

  /** Returns whether the bare route answers this request. Call it once per request. */
  isBareTurn(): boolean {
    if (this.left === 0) this.change()
    this.left--
    return this.isBare
  }

  private change(): void {
    if (this.since) {
      const { user, system } = process.cpuUsage(this.since)
      this.visit[this.isBare ? 'bare' : 'library'].push((user + system) / block)
    }
    this.isSecond = !this.isSecond
    // The order within each pair is random.
    this.isBare = !this.hasLibrary || (this.isSecond ? !this.isBare : Math.random() < 0.5)
    this.left = block
    this.since = process.cpuUsage()
  }
}

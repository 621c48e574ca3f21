import { block } from './setup'

/** What a server took while the bare route and the library answered in turns. */
export interface Visit {
  /** CPU microseconds a request of the bare route. */
  bare: number[]
  /** The same of the library, in the neighbouring block of requests. */
  library: number[]
}

/**
 * Lets the bare route and the library answer in turns, a block of requests each, in an order by
 * chance, and notes the CPU time of every block. Nobody outside has to ask for it: that would cost
 * more than what is measured.
 */
export class Turns {
  private visit: Visit = { bare: [], library: [] }
  private left = 0
  private isBare = true
  private isSecond = true
  private since: NodeJS.CpuUsage | undefined

  constructor(private readonly hasLibrary: boolean) {}

  /** Forgets what was noted; the next request begins a block. */
  begin(): void {
    this.visit = { bare: [], library: [] }
    this.left = 0
    this.isSecond = true
    this.since = undefined
  }

  /** What was noted, in whole pairs. */
  end(): Visit {
    const { bare, library } = this.visit
    const whole = this.hasLibrary ? Math.min(bare.length, library.length) : bare.length
    return { bare: bare.slice(0, whole), library: library.slice(0, whole) }
  }

  /** Who answers this request: called once for each. */
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
    // Of each pair, chance says which one is first.
    this.isBare = !this.hasLibrary || (this.isSecond ? !this.isBare : Math.random() < 0.5)
    this.left = block
    this.since = process.cpuUsage()
  }
}

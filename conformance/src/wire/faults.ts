import { setTimeout as sleep } from 'node:timers/promises'
import { Barrier } from './barrier'
import type { Control, Link } from './link'
import type { Proxy } from './proxy'
import type { Wire } from './wire'

/** How long a barrier waits for its callers by default, in milliseconds. */
const barrierTimeout = 5_000

/** The faults that a wire applies to the connections of its proxies. */
export class Faults implements Control, Omit<Wire, 'url' | 'natMap'> {
  proxies: readonly Proxy[] = []
  #trips = 0
  #delay = 0
  #stalled = false
  /** The fault for an upcoming request, and how many requests pass before it. */
  #next: { fault: 'cut' | 'loseReply' | 'refuse'; after: number } | null = null
  #barrier: Barrier | null = null

  constructor(readonly isChatter: Control['isChatter']) {}

  opened(link: Link): void {
    if (this.#stalled) link.stall()
  }

  chatter(): Promise<void> {
    return this.#pause()
  }

  request(link: Link, newTurn: boolean): Promise<void> | null {
    if (newTurn) this.#trips += 1
    if (newTurn && link.warm && this.#next && this.#next.after-- === 0) {
      const { fault } = this.#next
      this.#next = null
      if (fault === 'cut') {
        link.reset()
        return null
      }
      if (fault === 'refuse') {
        this.refuse()
        return null
      }
      link.losesReply = true
    }
    this.#barrier?.asked(link)
    return this.#pause()
  }

  reply(link: Link): Promise<void> | null {
    if (link.losesReply) {
      link.reset()
      return null
    }
    const held = this.#barrier?.answered(link)
    return held ? held.then(() => this.#pause()) : this.#pause()
  }

  trips(): number {
    return this.#trips
  }

  reset(): void {
    this.#trips = 0
  }

  connections(): number {
    return [...this.#links()].length
  }

  barrier(callers: number, timeoutMs: number = barrierTimeout, settleMs?: number): Promise<void> {
    const met = this.#hold(callers, timeoutMs, settleMs)
    // It may reject before the caller awaits it.
    met.catch(() => {})
    return met
  }

  refuse(after?: number): void {
    if (after !== undefined) {
      this.#next = { fault: 'refuse', after }
      return
    }
    for (const proxy of this.proxies) proxy.refuse()
  }

  stall(): void {
    this.#stalled = true
    for (const link of this.#links()) link.stall()
  }

  cut(after = 0): void {
    this.#next = { fault: 'cut', after }
  }

  loseReply(after = 0): void {
    this.#next = { fault: 'loseReply', after }
  }

  slow(milliseconds: number): void {
    this.#delay = milliseconds
  }

  restore(): void {
    this.#delay = 0
    this.#next = null
    this.#barrier?.release()
    if (this.#stalled) for (const proxy of this.proxies) proxy.reset()
    this.#stalled = false
    for (const proxy of this.proxies) proxy.listen()
  }

  async close(): Promise<void> {
    this.#barrier?.release()
    await Promise.all(this.proxies.map((proxy) => proxy.close()))
  }

  async #hold(callers: number, timeoutMs: number, settleMs?: number): Promise<void> {
    this.#barrier?.release()
    const members = new Set(this.#links().filter((link) => link.warm))
    const barrier = new Barrier(members, callers, settleMs)
    this.#barrier = barrier
    const late = new AbortController()
    void sleep(timeoutMs, undefined, { signal: late.signal }).then(
      () => barrier.release(),
      () => {},
    )
    await barrier.over
    late.abort()
    if (this.#barrier === barrier) this.#barrier = null
    if (!barrier.met)
      throw new Error(`"barrier" gave up: fewer than ${callers} connections sent a request`)
  }

  #links(): Link[] {
    return this.proxies.flatMap((proxy) => [...proxy.links])
  }

  /**
   * Counts from the arrival of the bytes, so the delays of several chunks in flight don't add up.
   */
  async #pause(): Promise<void> {
    if (this.#delay > 0) await sleep(this.#delay)
  }
}

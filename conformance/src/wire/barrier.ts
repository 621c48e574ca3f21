import { setTimeout as sleep } from 'node:timers/promises'
import type { Link } from './link'

/**
 * How long to wait for the replies to all callers once all have asked, in milliseconds. Usually
 * they come at once, but a caller that waits for another caller's lock gets none until the other
 * continues.
 */
const settleTime = 100

/**
 * Holds replies until several connections have sent a request to the same server. The servers of a
 * cluster count separately, because one caller may use several at a time.
 */
export class Barrier {
  /** Resolves when the replies are released. */
  readonly over: Promise<void>
  /** Whether enough callers sent a request. */
  met = false

  #release!: () => void
  readonly #asked = new Map<unknown, Set<Link>>()
  readonly #answered = new Map<unknown, Set<Link>>()

  constructor(
    /**
     * The connections that take part. One that opens later sends a greeting first, which doesn't
     * count.
     */
    private readonly members: ReadonlySet<Link>,
    private readonly callers: number,
    /** How long to wait for the replies once all callers have sent a request, in milliseconds. */
    private readonly settleMs = settleTime,
  ) {
    this.over = new Promise((resolve) => {
      this.#release = resolve
    })
  }

  asked(link: Link): void {
    if (this.#count(this.#asked, link) !== this.callers) return
    this.met = true
    void sleep(this.settleMs, undefined, { ref: false }).then(() => this.release())
  }

  /**
   * Records a reply. Returns a promise that resolves when it may pass, or undefined if it is not
   * held.
   */
  answered(link: Link): Promise<void> | undefined {
    if (!this.#asked.get(link.node)?.has(link)) return undefined
    // The server has answered all callers, so each of them has read before any could continue.
    if (this.#count(this.#answered, link) === this.callers) this.release()
    return this.over
  }

  release(): void {
    this.#release()
  }

  #count(links: Map<unknown, Set<Link>>, link: Link): number {
    if (!this.members.has(link)) return 0
    const ofNode = links.get(link.node) ?? new Set()
    links.set(link.node, ofNode.add(link))
    return ofNode.size
  }
}

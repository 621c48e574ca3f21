import { setTimeout as sleep } from 'node:timers/promises'
import type { Link } from './link'

/**
 * How long the replies to all callers may take, once all have asked, in milliseconds. Usually they
 * come at once; a caller that waits for another's lock has none before the other goes on.
 */
const settleTime = 100

/**
 * Holds replies until several connections have asked the same server. Those of clusters count apart,
 * since one caller may ask several servers at a time.
 */
export class Barrier {
  /** Resolves when replies may go on. */
  readonly over: Promise<void>
  /** Whether enough callers asked. */
  met = false

  #release!: () => void
  readonly #asked = new Map<unknown, Set<Link>>()
  readonly #answered = new Map<unknown, Set<Link>>()

  constructor(
    /** The connections that take part: one that opens meanwhile has to greet first. */
    private readonly members: ReadonlySet<Link>,
    private readonly callers: number,
  ) {
    this.over = new Promise((resolve) => {
      this.#release = resolve
    })
  }

  asked(link: Link): void {
    if (this.#count(this.#asked, link) !== this.callers) return
    this.met = true
    void sleep(settleTime, undefined, { ref: false }).then(() => this.release())
  }

  /** Notes a reply and says until when it is held. */
  answered(link: Link): Promise<void> | undefined {
    if (!this.#asked.get(link.node)?.has(link)) return undefined
    // All have been served: whatever they read, they read before any of them went on.
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

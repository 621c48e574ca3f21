import { Failure, isError, show } from '../expect'
import { afterTicks } from './ticks'
// The cases about the passing of time replace the global functions.
import { setImmediate } from 'node:timers'

/** A call may take this many times the deadline in cases that are not about the deadline. */
const patience = 3
/** The same for bulk removals, which take longer the more they remove and pause between batches. */
const longPatience = 12
const longCalls: ReadonlySet<string> = new Set(['purge', 'revoke', 'deleteClient', 'deleteUser'])
const deadlineMs = 5000
/** What a message says about a limit that `Limits` sets. */
export const deadlineLimit = 'a limit that follows from the option "deadline"'
/** The shortest limit of a call, in milliseconds. */
const shortestMs = 100
/** How often a call may hang in one case before the case can't make it any more. */
const mostInCase = 3
/** The number of cases in which a call may hang before its limit is shortened further. */
const mostCases = 3
/** How long a method may block the event loop in one run, in milliseconds, and how short is free. */
const blocking = { mostMs: 20_000, freeMs: 250 }
/** A turn of the event loop follows every so many calls. */
const callsPerTurn = 50

/**
 * How long each call may take, and what has hung so far. What has hung once gets a short limit for
 * the rest of the run, so that a store with a method that hangs doesn't cost a limit in each case.
 */
export class Limits {
  private readonly deadline: number
  /** The ids of the cases in which each call has hung. */
  private readonly hung = new Map<string, Set<string>>()
  /** How often each call has hung in this case. */
  private inCase = new Map<string, number>()
  /** How long each method has blocked the event loop. */
  private readonly blocked = new Map<string, { times: number; milliseconds: number }>()
  private current = 'the start of the run'
  private calls = 0
  private isOver = false

  constructor(deadline: number | null) {
    this.deadline = deadline ?? deadlineMs
  }

  /** Counts from now on what hangs in the case with that id. */
  begin(id: string): void {
    this.current = id
    this.inCase = new Map()
  }

  /** Refuses every further call. */
  end(): void {
    this.isOver = true
  }

  /** Returns the limit of a store's method, in milliseconds, if it has not hung before. */
  usualOf(method: string): number {
    return this.deadline * (longCalls.has(method) ? longPatience : patience)
  }

  /** The limit of `create`, `seed` and hooks, which may do a lot, in milliseconds. */
  get longMs(): number {
    return Math.max(20_000, this.deadline * 6)
  }

  /** The limit of `close`, in milliseconds. */
  get closeMs(): number {
    return Math.max(10_000, this.deadline * 2)
  }

  /** Returns the limit of a call, in milliseconds: `usual`, or less if it has hung before. */
  of(what: string, usual: number): number {
    const cases = this.hung.get(what)?.size ?? 0
    if (cases === 0) return usual
    return Math.max(shortestMs, this.deadline / (cases > mostCases ? 50 : 10))
  }

  /** Returns why a call must not be made any more, or null. */
  refusal(what: string): Failure | null {
    if (this.isOver) return new Failure('The run has ended')
    const times = this.inCase.get(what) ?? 0
    if (times >= mostInCase) {
      const limit = Math.round(this.of(what, this.deadline))
      return new Failure(
        `${what} is not called again in this case: ${times} times it did not answer within ${limit} ms`,
      )
    }
    const { times: blocks = 0, milliseconds = 0 } = this.blocked.get(what) ?? {}
    if (milliseconds < blocking.mostMs) return null
    return new Failure(
      `${what} is not called again: it blocked the event loop for ${Math.round(milliseconds)} ms, in ${blocks} calls`,
    )
  }

  /** Remembers that a call hung, and returns the failure. */
  late(what: string, milliseconds: number): Failure {
    const before = [...(this.hung.get(what) ?? [])]
    this.hung.set(what, new Set([...before, this.current]))
    this.inCase.set(what, (this.inCase.get(what) ?? 0) + 1)
    const why = before.length === 0 ? '' : `, which hung before (in ${before[0]}),`
    return new Failure(`${what}${why} ${notWithin(milliseconds)}`)
  }

  /** Remembers for how long a method has blocked the event loop. */
  ran(what: string, milliseconds: number): void {
    if (milliseconds < blocking.freeMs) return
    const { times, milliseconds: before } = this.blocked.get(what) ?? { times: 0, milliseconds: 0 }
    this.blocked.set(what, { times: times + 1, milliseconds: before + milliseconds })
  }

  /**
   * Resolves with the result of the call. Rejects with a Failure that names it if it takes too
   * long.
   */
  async bound<T>(what: string, usual: number, call: () => T | Promise<T>): Promise<T> {
    const refusal = this.refusal(what)
    if (refusal) throw refusal
    const answer = (async () => call())()
    return this.within(what, this.of(what, usual), answer)
  }

  /** Does the same for a call that was made. */
  within<T>(what: string, milliseconds: number, answer: Promise<T>): Promise<T> {
    return this.race(milliseconds, answer, () => this.late(what, milliseconds))
  }

  /** Does the same for a call that may hang, because the suite has stopped the database. */
  withinOutage<T>(what: string, milliseconds: number, answer: Promise<T>): Promise<T> {
    const late = () => new Failure(`${what} ${notWithin(milliseconds)}`)
    return this.race(milliseconds, answer, late)
  }

  /**
   * Waits for a turn of the event loop after every so many calls. Without it, no timer would fire
   * while a store answers each call in the same tick.
   */
  async turn(): Promise<void> {
    if (++this.calls % callsPerTurn === 0) await eventLoopTurn()
  }

  private async race<T>(
    milliseconds: number,
    answer: Promise<T>,
    failure: () => Failure,
  ): Promise<T> {
    let cancel: (() => void) | undefined
    const late = new Promise<never>((_, reject) => {
      cancel = afterTicks(milliseconds, () => reject(failure()))
    })
    try {
      return await Promise.race([answer, late])
    } finally {
      cancel?.()
      await this.turn()
    }
  }
}

function notWithin(milliseconds: number): string {
  return `did not answer within ${Math.round(milliseconds)} ms, ${deadlineLimit}`
}

/** Resolves after a turn of the event loop, in which timers run. */
export function eventLoopTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** Returns what was thrown, in one line. */
export function thrown(error: unknown): string {
  try {
    return isError(error) ? `${error.name}: ${error.message}` : show(error)
  } catch {
    return 'an error whose message can not be read'
  }
}

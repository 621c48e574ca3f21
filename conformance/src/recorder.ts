import { inspect, types } from 'node:util'
import type { Difference } from './difference'
import { Failure, isError } from './expect'
import { type Observation, Observed } from './observed'
import { shortened } from './difference/show'
import { thrown } from './guard/limits'
import { wrapped } from './guard/wrapped'
import { trimmed } from './trimmed'

const kept = 12

/** How a call has ended. */
export interface EndedCall {
  readonly method: string
  readonly outcome: 'resolved' | 'rejected' | 'hung'
}

/** What explains why a case has failed. */
export interface Evidence {
  /** The last calls before the failure. */
  readonly steps?: readonly string[] | undefined
  /** The number of all calls before the failure. */
  readonly calls?: number | undefined
  /** How the observed result differs from the expected one, if the case compared two values. */
  readonly differences?: readonly Difference[] | undefined
  /** What was wrong in the results of earlier calls, before the case failed. */
  readonly observed?: readonly Observation[] | undefined
  /** The last call that ended before the failure. */
  readonly lastCall?: EndedCall | undefined
  /** Whether the case runs the core's engine, and so sees only HTTP responses. */
  readonly usesEngine?: boolean | undefined
}

interface Step {
  name: string
  args: readonly unknown[]
  outcome?: { value: unknown } | { error: unknown }
}

/** The last calls of a case. They are formatted on demand only, because most cases pass. */
export class Steps {
  /** Whether the case runs the core's engine, which hides the results of the store. */
  usesEngine = false
  /** What was written, and which results differ from it. */
  readonly observed = new Observed()
  private readonly last: Step[] = []
  private readonly hidden = new Set<unknown>()
  private count = 0
  private ended: EndedCall | undefined

  /** Leaves out the call that issues this grant, which only stands beside those of the case. */
  hide(grantId: string): void {
    this.hidden.add(grantId)
  }

  add(step: Step): void {
    this.count++
    const [grant] = step.args as [{ id?: unknown } | undefined]
    if (step.name === 'issue' && this.hidden.has(grant?.id)) return
    this.last.push(step)
    if (this.last.length > kept) this.last.shift()
  }

  /** Notes how a call has ended. */
  end(step: Step, outcome: NonNullable<Step['outcome']>): void {
    step.outcome = outcome
    const { name: method } = step
    if (!('error' in outcome)) this.ended = { method, outcome: 'resolved' }
    else this.ended = { method, outcome: isLate(outcome.error) ? 'hung' : 'rejected' }
  }

  /** Returns one line per call, the oldest first. */
  lines(): string[] {
    return this.last.map(({ name, args, outcome }) => {
      const call = `${name}(${args.map(brief).join(', ')})`
      if (!outcome) return `${call} …`
      return 'error' in outcome
        ? `${call} ✗ ${thrown(outcome.error)}`
        : `${call} → ${brief(outcome.value)}`
    })
  }

  /** Returns what explains the error with which the case has failed. */
  evidence(error: unknown): Evidence {
    const { differences = [] } = (isError(error) ? error : {}) as { differences?: Difference[] }
    return {
      steps: this.lines(),
      calls: this.count,
      differences,
      observed: this.observed.found(this.usesEngine),
      lastCall: this.ended,
      usesEngine: this.usesEngine,
    }
  }
}

/**
 * Wraps a store: records its calls for the report, and trims its results to the members of the
 * contract.
 */
export function recorded<T extends object>(store: T, steps: Steps): T {
  return wrapped(store, (name, method) => (...args) => {
    // A case may change a Date that it has passed.
    const step: Step = { name, args: args.map(withOwnDates) }
    steps.add(step)
    const watch = steps.observed.watch(name, args, store)
    const failed = (error: unknown): never => {
      steps.end(step, { error })
      watch.rejected(error)
      throw error
    }
    let answer: unknown
    try {
      answer = method(...args)
    } catch (error) {
      return failed(error)
    }
    // A result that is not a promise is returned unchanged, because a case must see it.
    if (!types.isPromise(answer)) return answer
    return answer.then((given: unknown) => {
      const value = trimmed(name, given)
      steps.end(step, { value })
      watch.resolved(value)
      return value
    }, failed)
  })
}

/** Returns a Date, or an object with Dates, as it is now. */
function withOwnDates(value: unknown): unknown {
  if (types.isDate(value)) return new Date(value)
  if (typeof value !== 'object' || value === null) return value
  if (Object.getPrototypeOf(value) !== Object.prototype) return value
  const entries = Object.entries(value)
  if (!entries.some(([, one]) => types.isDate(one))) return value
  return Object.fromEntries(
    entries.map(([name, one]) => [name, types.isDate(one) ? new Date(one) : one]),
  )
}

/** Formats a value on one line, with only the first digits of a hash. */
function brief(value: unknown): string {
  const text = inspect(value, {
    depth: 3,
    breakLength: Infinity,
    compact: true,
    maxStringLength: 40,
  })
  const short = shortened(text)
  return short.length > 80 ? `${short.slice(0, 80)}…` : short
}

function isLate(error: unknown): boolean {
  return (
    error instanceof Failure && / did not answer within \d+ ms(?:$|, a limit)/.test(error.message)
  )
}

import { inspect, types } from 'node:util'
import { within } from './expect'
import { trimmed } from './trimmed'

const kept = 12

/** The last calls of a case. They are formatted on demand only, because most cases pass. */
export class Steps {
  private readonly last: Step[] = []
  private count = 0

  add(step: Step): void {
    this.count++
    this.last.push(step)
    if (this.last.length > kept) this.last.shift()
  }

  /** Returns one line per call, the oldest first. */
  lines(): string[] {
    const left = this.count - this.last.length
    const lines = this.last.map(({ name, args, outcome }) => {
      const call = `${name}(${args.map(brief).join(', ')})`
      if (!outcome) return `${call} …`
      return 'error' in outcome
        ? `${call} ✗ ${String(outcome.error)}`
        : `${call} → ${brief(outcome.value)}`
    })
    return left > 0 ? [`(${left} earlier calls)`, ...lines] : lines
  }
}

interface Step {
  name: string
  args: readonly unknown[]
  outcome?: { value: unknown } | { error: unknown }
}

/**
 * Wraps a store: records its calls for the report, and trims its results to the members of the
 * contract. `limitOf` returns the time limit of each call in milliseconds, so that a store that
 * hangs fails its case and doesn't stop the run.
 */
export function recorded<T extends object>(
  store: T,
  steps: Steps,
  limitOf: (name: string) => number,
): T {
  return new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target)
      if (typeof member !== 'function' || typeof name !== 'string') return member
      return (...args: unknown[]) => {
        const step: Step = { name, args }
        steps.add(step)
        // A result that is not a promise is returned unchanged, because a case must see it.
        const answer: unknown = member.apply(target, args)
        if (!types.isPromise(answer)) return answer
        return within(limitOf(name), answer, name).then(
          (given) => {
            const value = trimmed(name, given)
            step.outcome = { value }
            return value
          },
          (error) => {
            step.outcome = { error }
            throw error
          },
        )
      }
    },
  })
}

/** Formats a value on one line, with only the first digits of a hash. */
function brief(value: unknown): string {
  const text = inspect(value, { depth: 3, breakLength: Infinity, maxStringLength: 40 })
  const short = text.replace(/\b([0-9a-f]{8})[0-9a-f]{24,}('\.\.\. \d+ more characters)?/g, '$1…')
  return short.length > 80 ? `${short.slice(0, 80)}…` : short
}

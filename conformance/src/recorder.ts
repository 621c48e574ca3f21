import { inspect, types } from 'node:util'
import { within } from './expect'
import { trimmed } from './trimmed'

const kept = 12

/** The last calls of a case. They are put into words when somebody asks: most cases pass. */
export class Steps {
  private readonly last: Step[] = []
  private count = 0

  add(step: Step): void {
    this.count++
    this.last.push(step)
    if (this.last.length > kept) this.last.shift()
  }

  /** One line for each call, the oldest first. */
  lines(): string[] {
    const left = this.count - this.last.length
    const lines = this.last.map(({ name, args, outcome }) => {
      const call = `${name}(${args.map(brief).join(', ')})`
      if (!outcome) return `${call} …`
      return 'error' in outcome
        ? `${call} ✗ ${String(outcome.error)}`
        : `${call} → ${brief(outcome.value)}`
    })
    return left > 0 ? [`(${left} calls before)`, ...lines] : lines
  }
}

interface Step {
  name: string
  args: readonly unknown[]
  outcome?: { value: unknown } | { error: unknown }
}

/**
 * The store, with its calls written down for the report and its answers without what the contract
 * doesn't know. Each call is bounded: a store that hangs fails its case instead of stopping the run.
 * `limitOf` says by how many milliseconds.
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
        // What is not a promise is handed on as it is: a case must see it.
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

/** A value on one line; of a hash the first digits. */
function brief(value: unknown): string {
  const text = inspect(value, { depth: 3, breakLength: Infinity, maxStringLength: 40 })
  const short = text.replace(/\b([0-9a-f]{8})[0-9a-f]{24,}('\.\.\. \d+ more characters)?/g, '$1…')
  return short.length > 80 ? `${short.slice(0, 80)}…` : short
}

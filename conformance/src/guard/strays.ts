import { Failure } from '../expect'
import { thrown } from './limits'

/**
 * What a store throws outside of any call, such as in a timer, in an event handler, or in a promise
 * that nothing awaits. Node would end the process, and the run with it.
 */
export class Strays implements Disposable {
  private readonly found: string[] = []

  private constructor() {
    process.on('uncaughtException', this.add)
    process.on('unhandledRejection', this.add)
  }

  /** Starts to collect them, until this is disposed. */
  static collect(): Strays {
    return new Strays()
  }

  /** Returns what was found since the last call as one sentence, or null. */
  take(): string | null {
    const found = [...new Set(this.found.splice(0))]
    if (found.length === 0) return null
    const more = found.length > 1 ? ` (and ${found.length - 1} more)` : ''
    return `The store threw outside of any call: ${found[0]}${more}`
  }

  [Symbol.dispose](): void {
    process.off('uncaughtException', this.add)
    process.off('unhandledRejection', this.add)
  }

  private readonly add = (error: unknown): void => {
    // A Failure is the suite's own: a case has ended before a call that it made.
    if (!(error instanceof Failure)) this.found.push(thrown(error))
  }
}

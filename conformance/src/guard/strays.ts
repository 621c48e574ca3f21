import { Failure } from '../expect'
import { thrown } from './limits'
import { OutsideFailure } from './outside'

/**
 * What a store throws outside of any call, such as in a timer, in an event handler, or in a promise
 * that nothing awaits. Node would end the process, and the run with it.
 */
export class Strays implements Disposable {
  private readonly found: unknown[] = []

  private constructor() {
    process.on('uncaughtException', this.add)
    process.on('unhandledRejection', this.add)
  }

  /** Starts to collect them, until this is disposed. */
  static collect(): Strays {
    return new Strays()
  }

  /** Returns what was found since the last call as one failure, or null. */
  take(): OutsideFailure | null {
    const errors = this.found.splice(0)
    const texts = new Set(errors.map(thrown))
    if (texts.size === 0) return null
    const more = texts.size > 1 ? ` (and ${texts.size - 1} more)` : ''
    const [first] = texts
    return new OutsideFailure(
      `The store threw outside of any call: ${first}${more}`,
      'stray',
      errors[0],
    )
  }

  [Symbol.dispose](): void {
    process.off('uncaughtException', this.add)
    process.off('unhandledRejection', this.add)
  }

  private readonly add = (error: unknown): void => {
    // A Failure is the suite's own: a case has ended before a call that it made.
    if (!(error instanceof Failure)) this.found.push(error)
  }
}

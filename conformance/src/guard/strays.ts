import { Failure } from '../expect'
import { thrown } from './limits'
import { OutsideFailure } from './outside'

/**
 * What a store throws outside of any call, such as in a timer, in an event handler, or in a promise
 * that nothing awaits. Node would end the process, and the run with it.
 */
export class Strays implements Disposable {
  /** Whether a run collects them now, and nobody else does: a test runner would fail its test. */
  static get areOurs(): boolean {
    // Jest has its listeners on another object.
    const isJest = process.env['JEST_WORKER_ID'] !== undefined
    return Strays.collectors === 1 && !isJest && process.listenerCount('uncaughtException') === 1
  }
  private static collectors = 0

  private readonly found: unknown[] = []

  private constructor() {
    Strays.collectors++
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
      `The code under test threw outside of any call: ${first}${more}`,
      'stray',
      errors[0],
    )
  }

  [Symbol.dispose](): void {
    Strays.collectors--
    process.off('uncaughtException', this.add)
    process.off('unhandledRejection', this.add)
  }

  private readonly add = (error: unknown): void => {
    // A Failure is the suite's own: a case has ended before a call that it made.
    if (!(error instanceof Failure)) this.found.push(error)
  }
}

import type { Case, Verdict } from './case'
import type { Failure } from './expect'
import { OutsideFailure, placeOf } from './guard/outside'
import { isOnProbation } from './probation'

const { version } = require('../package.json') as { version: string }

/** Called with each verdict, the number of finished cases and the number of all. */
export type Progress = (verdict: Verdict, done: number, of: number) => void

/** The verdicts so far. */
export class Verdicts {
  readonly all: Verdict[] = []
  /** What the store threw before the first case ran. */
  private early: OutsideFailure | null = null

  constructor(
    private readonly progress: Progress,
    private readonly count: number,
  ) {}

  /** Adds a verdict, and what the store threw outside of any call until then. */
  add(verdict: Verdict, stray: OutsideFailure | null): void {
    const failure = this.early ?? stray
    if (hasRun(verdict)) {
      this.early = null
      this.all.push(failure === null ? verdict : failedBy(verdict, failure))
    } else {
      this.all.push(verdict)
      if (failure !== null && !this.failAfterwards(failure)) this.early = failure
    }
    this.progress(this.all.at(-1)!, this.all.length, this.count)
  }

  /**
   * Makes the last case that ran fail, or the one with that id, if it has run. Returns whether there
   * is one.
   */
  failAfterwards(failure: Failure, id?: string): boolean {
    const named = this.all.findIndex((one) => one.case.id === id && hasRun(one))
    const at = named === -1 ? this.all.findLastIndex(hasRun) : named
    if (at === -1) return false
    this.all[at] = failedBy(this.all[at]!, failure)
    return true
  }
}

/** Returns whether the case was run to a result. */
export function hasRun({ status }: Verdict): boolean {
  return status === 'passed' || status === 'failed' || status === 'warning'
}

/** Returns the verdict as a failure. If it is one already, the reason comes first. */
function failedBy(verdict: Verdict, failure: Failure): Verdict {
  const isFailure = verdict.status !== 'passed'
  const { message } = failure
  return {
    ...verdict,
    status: isFailure ? verdict.status : brokenStatusOf(verdict.case),
    reason: isFailure ? `${message}. Besides: ${verdict.reason}` : message,
    ...placeIn(failure),
  }
}

/** Returns what a report says of an error beside its message. */
export function placeIn(error: unknown): Pick<Verdict, 'at' | 'outside'> {
  return {
    at: placeOf(error),
    outside: error instanceof OutsideFailure ? error.outside : undefined,
  }
}

/** Returns the status of a case that is broken. */
export function brokenStatusOf({ since }: Case): 'warning' | 'failed' {
  return isOnProbation(since, version) ? 'warning' : 'failed'
}

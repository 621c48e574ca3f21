import type { Case, Verdict } from './case'
import { isOnProbation } from './probation'

const { version } = require('../package.json') as { version: string }

/** Called with each verdict, the number of finished cases and the number of all. */
export type Progress = (verdict: Verdict, done: number, of: number) => void

/** The verdicts so far. */
export class Verdicts {
  readonly all: Verdict[] = []
  /** What the store threw before the first case ran. */
  private early: string | null = null

  constructor(
    private readonly progress: Progress,
    private readonly count: number,
  ) {}

  /** Adds a verdict, and what the store threw outside of any call until then. */
  add(verdict: Verdict, stray: string | null): void {
    const reason = this.early ?? stray
    if (hasRun(verdict)) {
      this.early = null
      this.all.push(reason === null ? verdict : failedBy(verdict, reason))
    } else {
      this.all.push(verdict)
      if (reason !== null && !this.failAfterwards(reason)) this.early = reason
    }
    this.progress(this.all.at(-1)!, this.all.length, this.count)
  }

  /**
   * Makes the last case that ran fail, or the one with that id, if it has run. Returns whether there
   * is one.
   */
  failAfterwards(reason: string, id?: string): boolean {
    const named = this.all.findIndex((one) => one.case.id === id && hasRun(one))
    const at = named === -1 ? this.all.findLastIndex(hasRun) : named
    if (at === -1) return false
    this.all[at] = failedBy(this.all[at]!, reason)
    return true
  }
}

function hasRun({ status }: Verdict): boolean {
  return status === 'passed' || status === 'failed' || status === 'warning'
}

/** Returns the verdict as a failure. If it is one already, the reason comes first. */
function failedBy(verdict: Verdict, reason: string): Verdict {
  const isFailure = verdict.status !== 'passed'
  return {
    ...verdict,
    status: isFailure ? verdict.status : brokenStatusOf(verdict.case),
    reason: isFailure ? `${reason}. Besides: ${verdict.reason}` : reason,
  }
}

/** Returns the status of a case that is broken. */
export function brokenStatusOf({ since }: Case): 'warning' | 'failed' {
  return isOnProbation(since, version) ? 'warning' : 'failed'
}

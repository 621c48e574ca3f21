import type { Model } from '@oauth2-kit/core'
import type { ModelTrial } from './model/trial'
import type { StoreTrial } from './trial'
import type { Group, Level } from './types'

/** What a case needs besides the store. */
export type Need =
  | 'wire'
  | 'deadline'
  | 'processes'
  | 'users'
  | 'durable'
  | 'alive'
  | 'dump'
  | 'count'
  | 'explain'
  | 'removedAt'
  | 'recordRemovedAt'
  | 'immortal'
  | 'damage'
  | 'older'

/** One promise, and how it is checked. Pure data: no test runner is needed to read or run it. */
export interface Case {
  /** Stable, such as `once.code.stampede`. */
  readonly id: string
  readonly group: Group
  readonly level: Level
  /** The release of the suite that has brought it. */
  readonly since: string
  /** The promise, as one sentence. */
  readonly title: string
  /** What happens to whom where it is broken; an RFC or a known issue where there is one. */
  readonly why: string
  /** What usually fixes it. */
  readonly fix: string
  readonly needs: readonly Need[]
  /** Checks a store; rejects with a `Failure`. Left out where only a 2.4 model can break it. */
  readonly run?: (t: StoreTrial) => Promise<void>
  /** The functions that a 2.4 model must have for it: without them there is nothing to check. */
  readonly functions?: readonly (keyof Model)[]
  /** Checks a model of the 2.4 line. Left out where that contract can't offer it. */
  readonly runModel?: (t: ModelTrial) => Promise<void>
}

/**
 * What became of a case. `unproved`: something it needs was not given; `not applicable`: there is
 * nothing that could break; `not offered`: the 2.4 contract has no room for it.
 */
export type Status = 'passed' | 'failed' | 'warning' | 'unproved' | 'not applicable' | 'not offered'

/** The verdict on one case. */
export interface Verdict {
  readonly case: Case
  readonly status: Status
  readonly milliseconds: number
  /** Why it didn't run, or what was seen. */
  readonly reason?: string | undefined
  /** The last calls before the failure. */
  readonly steps?: readonly string[] | undefined
  /** What was thrown. */
  readonly error?: unknown
}

/** The verdicts of a run. */
export interface Report {
  readonly name: string
  /** The contract that was checked. */
  readonly contract: 'store' | 'model 2.4'
  readonly verdicts: readonly Verdict[]
  /** The level that was asked for. */
  readonly asked: Level
  /**
   * The highest level of which nothing failed and nothing is unproved; `null`: none, or only a part
   * of the suite ran.
   */
  readonly reached: Level | null
  /** Whether only a part of the suite ran, which reaches no level. */
  readonly partial: boolean
  readonly seed: number
  readonly milliseconds: number
}

export type { ModelTrial, StoreTrial }

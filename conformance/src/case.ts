import type { Outside } from './guard/outside'
import type { ModelContract, ModelContractName } from './model/contracts'
import type { ModelRun } from './model/run'
import type { ModelTrial } from './model/trial'
import type { Evidence } from './recorder'
import type { StoreTrial } from './trial'
import type { Group, Level } from './types'

/** What a case needs in addition to the store. */
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
  | 'ends'
  | 'damage'
  | 'older'

/** One promise and its check. Plain data: reading or running it needs no test runner. */
export interface Case {
  /** A stable id, such as `once.code.stampede`. */
  readonly id: string
  readonly group: Group
  readonly level: Level
  /** The release of the suite that added it. */
  readonly since: string
  /** The promise, as one sentence. */
  readonly title: string
  /** What a violation causes, and for whom. Names an RFC or a known issue if one applies. */
  readonly why: string
  /** What usually fixes it. */
  readonly fix: string
  readonly needs: readonly Need[]
  /** Checks a store; rejects with a `Failure`. Undefined if only a model can break it. */
  readonly run?: (t: StoreTrial) => Promise<void>
  /**
   * The checks of models, by their contract. Undefined for a contract that can't make this promise.
   */
  readonly models?: Readonly<Partial<Record<ModelContractName, ModelRun>>>
}

/**
 * The outcome of a case. `unproved`: an option that it needs is not set. `not applicable`: the
 * store has nothing that could break. `not offered`: the contract of the model can't make this
 * promise.
 */
export type Status = 'passed' | 'failed' | 'warning' | 'unproved' | 'not applicable' | 'not offered'

/** The verdict on one case. */
export interface Verdict extends Evidence {
  readonly case: Case
  readonly status: Status
  readonly milliseconds: number
  /** Why it didn't run, or what it observed. */
  readonly reason?: string | undefined
  /** What was thrown. */
  readonly error?: unknown
  /** Where in the code under test it was thrown, such as `my-store.cjs:12:7`. */
  readonly at?: string | undefined
  /** What went wrong outside of the promise that the case checks. */
  readonly outside?: Outside | undefined
}

/** The verdicts of a run. */
export interface Report {
  readonly name: string
  /** The contract that was checked. */
  readonly contract: 'store' | ModelContract['title']
  readonly verdicts: readonly Verdict[]
  /** The level that was requested. */
  readonly asked: Level
  /**
   * The highest level in which no case failed or is unproved. `null` if there is no such level, or
   * if only a part of the suite ran.
   */
  readonly reached: Level | null
  /** Whether only a part of the suite ran. Such a run reaches no level. */
  readonly partial: boolean
  readonly seed: number
  readonly milliseconds: number
}

export type { ModelTrial, StoreTrial }

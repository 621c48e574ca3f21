import type { Operation } from './contracts'
import type { ModelTrial } from './trial'

/** How a case is checked on a model. */
export interface ModelRun {
  /** What the model must be able to do for it; without that, the case does not apply. */
  readonly functions?: readonly Operation[]
  /** Functions that the model must have, of its own contract. */
  readonly own?: readonly string[]
  run(t: ModelTrial): Promise<void>
}

/** The checks of one theme, by the id of their case. */
export type ModelRuns = Readonly<Record<string, ModelRun>>

import type { ModelFunction } from './ask'
import type { ModelTrial } from './trial'

/** How a case is checked on a 2.4 model, and the functions that the model must have for it. */
export interface ModelRun {
  readonly functions?: readonly ModelFunction[]
  run(t: ModelTrial): Promise<void>
}

/** The checks of one theme, by the id of their case. */
export type ModelRuns = Readonly<Record<string, ModelRun>>

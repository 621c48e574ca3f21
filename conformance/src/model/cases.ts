import type { Case } from '../case'
import { credentialRuns } from './credentials'
import { type ModelRun, shapeRuns } from './shapes'
import type { ModelTrial } from './trial'

const runs: Readonly<Record<string, ModelRun>> = { ...shapeRuns, ...credentialRuns }

/** Returns the case, with its check on a 2.4 model if that contract can make the promise. */
export function withModelRun(one: Case): Case {
  const found = runs[one.id]
  if (!found) return one
  return Object.freeze({
    ...one,
    functions: found.functions ?? [],
    runModel: (t: ModelTrial) => found.run(t),
  })
}

/** The ids of the cases that are checked on models, for the test that each one exists. */
export const modelCaseIds: readonly string[] = Object.keys(runs)

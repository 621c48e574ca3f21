import type { Case } from '../case'
import { credentialRuns } from './credentials'
import { type ModelRun, shapeRuns } from './shapes'
import type { ModelTrial } from './trial'

const runs: Readonly<Record<string, ModelRun>> = { ...shapeRuns, ...credentialRuns }

/** The case, with the way to check it on a 2.4 model where that contract can offer it. */
export function withModelRun(one: Case): Case {
  const found = runs[one.id]
  if (!found) return one
  return Object.freeze({
    ...one,
    functions: found.functions ?? [],
    runModel: (t: ModelTrial) => found.run(t),
  })
}

/** The ids that are checked on models; for the test that every one is the id of a case. */
export const modelCaseIds: readonly string[] = Object.keys(runs)

import type { Case } from '../case'
import { clientRuns } from './clients'
import { expiringRuns } from './expiring'
import { findingRuns } from './finding'
import { instanceRuns } from './instances'
import type { ModelRun, ModelRuns } from './run'
import { secretRuns } from './secrets'
import { shapeRuns } from './shapes'
import type { ModelTrial } from './trial'
import { userRuns } from './users'
import { valueRuns } from './values'

const runs: ModelRuns = {
  ...shapeRuns,
  ...clientRuns,
  ...userRuns,
  ...findingRuns,
  ...expiringRuns,
  ...valueRuns,
  ...secretRuns,
  ...instanceRuns,
}

/** Returns the case, with its check on a 2.4 model if that contract can make the promise. */
export function withModelRun(one: Case): Case {
  const found: ModelRun | undefined = runs[one.id]
  if (!found) return one
  return Object.freeze({
    ...one,
    functions: found.functions ?? [],
    runModel: (t: ModelTrial) => found.run(t),
  })
}

/** The ids of the cases that are checked on models, for the test that each one exists. */
export const modelCaseIds: readonly string[] = Object.keys(runs)

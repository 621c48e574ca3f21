import type { Case } from '../case'
import { clientRuns } from './clients'
import { type ModelContractName, modelContracts } from './contracts'
import { expiringRuns, neverExpiringRuns } from './expiring'
import { findingRuns, revocationRuns } from './finding'
import { instanceRuns } from './instances'
import { onceRuns } from './promise/once'
import { outageRuns } from './promise/outage'
import { promiseShapeRuns } from './promise/shapes'
import { scopeRuns } from './promise/scopes'
import { savedRuns } from './promise/saved'
import type { ModelRuns } from './run'
import { secretRuns } from './secrets'
import { callbackRuns, shapeRuns } from './shapes'
import { extensionRuns, userRuns } from './users'
import { valueRuns } from './values'

/** The checks of models of every contract. */
const shared: ModelRuns = {
  ...shapeRuns,
  ...clientRuns,
  ...userRuns,
  ...findingRuns,
  ...expiringRuns,
  ...valueRuns,
  ...secretRuns,
  ...instanceRuns,
}

/** The checks of models of each contract, by the id of their case. */
export const modelRuns: Readonly<Record<ModelContractName, ModelRuns>> = {
  '2.4': {
    ...shared,
    ...callbackRuns,
    ...extensionRuns,
    ...neverExpiringRuns,
    ...revocationRuns,
  },
  promise: {
    ...shared,
    ...promiseShapeRuns,
    ...savedRuns,
    ...scopeRuns,
    ...onceRuns,
    ...outageRuns,
  },
}

/** Returns the case, with its checks on models of the contracts that can make the promise. */
export function withModelRuns(one: Case): Case {
  const found = modelContracts.filter((contract) => modelRuns[contract][one.id])
  if (found.length === 0) return one
  const models = Object.fromEntries(found.map((name) => [name, modelRuns[name][one.id]]))
  return Object.freeze({ ...one, models: Object.freeze(models) })
}

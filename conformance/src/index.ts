export { cases } from './cases'
export { type TestRunner, describeConformance } from './describe'
export { Failure } from './expect'
export { type Progress, runConformance } from './runner'
export type { Case, ModelTrial, Need, Report, Status, StoreTrial, Verdict } from './case'
export type { Difference } from './difference'
export { type ModelContractName, modelContracts } from './model/contracts'
export type { PromiseModel } from './model/contracts/promise-model'
export type { ModelRun } from './model/run'
export type { Outside } from './guard/outside'
export type { Observation } from './observed'
export type { EndedCall, Evidence } from './recorder'
export {
  type Absence,
  type ConformanceOptions,
  type Context,
  type Created,
  type Fixtures,
  type Group,
  type Level,
  type ModelOptions,
  type Processes,
  type RawHooks,
  levels,
} from './types'
export { type Wire, openWire } from './wire'

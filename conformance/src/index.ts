export { cases } from './cases'
export { type TestRunner, describeConformance } from './describe'
export { Failure } from './expect'
export { type Progress, runConformance } from './runner'
export type { Case, ModelTrial, Need, Report, Status, StoreTrial, Verdict } from './case'
export {
  type Absence,
  type ConformanceOptions,
  type Context,
  type Created,
  type Fixtures,
  type Group,
  type Level,
  type Processes,
  type RawHooks,
  levels,
} from './types'
export { type Wire, openWire } from './wire'

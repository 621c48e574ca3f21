export { cases } from './cases'
export { type TestRunner, describeConformance } from './describe'
export { Failure } from './expect'
export { type Progress, runConformance } from './runner'
export {
  type Absence,
  type Case,
  type ConformanceOptions,
  type Context,
  type Created,
  type Fixtures,
  type Group,
  type Level,
  type ModelTrial,
  type Need,
  type Processes,
  type RawHooks,
  type Report,
  type Status,
  type StoreTrial,
  type Verdict,
  levels,
} from './types'
export { type Wire, openWire } from './wire'

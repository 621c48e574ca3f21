/** `@oauth2-kit/core/store-kit`: helpers of the oauth2-kit stores, for authors of other stores. */
import { assertNodeVersion } from '../node-version'

assertNodeVersion()

export type { UserMethods } from '../contract/store'
export { firstSuccessor } from './credentials'
export { type ErrorCode, withCode } from '../errors/error-code'
export { OptionError, optionError } from '../errors/option-error'
export { type Read, type Reading, nearestOf, readOptions } from '../options/read-options'
export {
  type Rule,
  type Rules,
  aBoolean,
  aFunction,
  anything,
  longestTimerSeconds,
  orNull,
  seconds,
  text,
  timerMs,
  timerSeconds,
  wholeNumber,
} from '../options/rules'
export { inBatches } from './batches'
export { withKeyRules } from './key-rules'
export { assertKeys, isKey, longestKey } from './keys'
export { retried } from './retry'
export { lookAgainMs, mayBePurged, ownerOf } from './sql'
export { grantIdTaken, hashTaken } from './taken'

import { isObject } from '../values/is-object'
import type { Rule } from './rules'

/** The rule for a limiter. */
export const limiterRule: Rule = [
  (value) => isObject(value) && typeof value['take'] === 'function',
  'must be a limiter, such as memoryLimiter(): an object with the function take',
]

/** A check of a value, and the error message if it fails, such as "must be ...". */
export type Rule = readonly [isAllowed: (value: unknown) => boolean, says: string]

/** One rule for each option of `T`. */
export type Rules<T> = { readonly [K in keyof T]-?: Rule }

// Node replaces a longer timeout with 1 ms.
const longestTimerMs = 2 ** 31 - 1

/** The maximum time that a timer can wait, in seconds. */
export const longestTimerSeconds = Math.floor(longestTimerMs / 1000)

/** Allows any value. The code that uses the option checks it. */
export const anything: Rule = [() => true, '']

/** The rule for functions. */
export const aFunction: Rule = [(value) => typeof value === 'function', 'must be a function']

/** The rule for `true` and `false`. */
export const aBoolean: Rule = [(value) => typeof value === 'boolean', 'must be true or false']

/** The rule for text that every database can keep: not empty, and well-formed Unicode. */
export const text: Rule = [
  (value) => typeof value === 'string' && value !== '' && value.isWellFormed(),
  'must be a non-empty string of well-formed Unicode',
]

/** The rule for a number of seconds, 0 or more. */
export const seconds: Rule = [
  (value) => isBetween(value, 0, Number.MAX_VALUE),
  'must be a number of seconds, 0 or more',
]

/** The rule for milliseconds that a timer can wait. */
export const timerMs: Rule = [
  (value) => isBetween(value, 0, longestTimerMs) && value !== 0,
  `must be a number of milliseconds above 0, and at most ${longestTimerMs}`,
]

/** The rule for seconds that a timer can wait. */
export const timerSeconds: Rule = [
  (value) => isBetween(value, 0, longestTimerSeconds) && value !== 0,
  `must be a number of seconds above 0, and at most ${longestTimerSeconds}`,
]

/** Returns a rule for a whole number in a range. `what` names the unit in the message. */
export function wholeNumber(least: number, most = Number.MAX_SAFE_INTEGER, what = ''): Rule {
  const range =
    most === Number.MAX_SAFE_INTEGER ? `, ${least} or more` : ` from ${least} to ${most}`
  return [
    (value) => Number.isSafeInteger(value) && isBetween(value, least, most),
    `must be a whole number${what && ` of ${what}`}${range}`,
  ]
}

/** Returns a rule that also allows `null`. `meaning` is the meaning of `null` in the message. */
export function orNull([isAllowed, says]: Rule, meaning: string): Rule {
  return [(value) => value === null || isAllowed(value), `${says}, or null for ${meaning}`]
}

/** Returns whether a value is a number in a range. */
export function isBetween(value: unknown, least: number, most: number): value is number {
  return typeof value === 'number' && value >= least && value <= most
}

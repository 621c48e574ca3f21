/** Whether a value is allowed, and what the error says if it is not: "must be ...". */
export type Rule = readonly [isAllowed: (value: unknown) => boolean, says: string]

/** The options of something, each with its rule. */
export type Rules<T> = { readonly [K in keyof T]-?: Rule }

// Node's timers take a longer time for 1 ms.
const longestTimerMs = 2 ** 31 - 1

/** The longest time that a timer can wait, in seconds. */
export const longestTimerSeconds = Math.floor(longestTimerMs / 1000)

/** A function. */
export const aFunction: Rule = [(value) => typeof value === 'function', 'must be a function']

/** `true` or `false`. */
export const aBoolean: Rule = [(value) => typeof value === 'boolean', 'must be true or false']

/** Text that every database keeps: not empty, and well-formed Unicode. */
export const text: Rule = [
  (value) => typeof value === 'string' && value !== '' && value.isWellFormed(),
  'must be text that is not empty',
]

/** A number of seconds, 0 or more. */
export const seconds: Rule = [
  (value) => isBetween(value, 0, Number.MAX_VALUE),
  'must be a number of seconds, 0 or more',
]

/** Milliseconds that a timer can wait. */
export const timerMs: Rule = [
  (value) => isBetween(value, 0, longestTimerMs) && value !== 0,
  `must be a number of milliseconds above 0, and at most ${longestTimerMs}`,
]

/** Seconds that a timer can wait. */
export const timerSeconds: Rule = [
  (value) => isBetween(value, 0, longestTimerSeconds) && value !== 0,
  `must be a number of seconds above 0, and at most ${longestTimerSeconds}`,
]

/** A whole number in a range; `what` it counts stands behind it. */
export function wholeNumber(least: number, most = Number.MAX_SAFE_INTEGER, what = ''): Rule {
  const range =
    most === Number.MAX_SAFE_INTEGER ? `, ${least} or more` : ` from ${least} to ${most}`
  return [
    (value) => Number.isSafeInteger(value) && isBetween(value, least, most),
    `must be a whole number${what && ` of ${what}`}${range}`,
  ]
}

/** The rule, or `null`, which means `meaning`. */
export function orNull([isAllowed, says]: Rule, meaning: string): Rule {
  return [(value) => value === null || isAllowed(value), `${says}, or null for ${meaning}`]
}

/** Whether a value is a number in a range. */
export function isBetween(value: unknown, least: number, most: number): value is number {
  return typeof value === 'number' && value >= least && value <= most
}

import { type Rule, type Rules, readOptions } from '../read-options'

/** Options of `purge()`. */
export interface PurgeOptions {
  /** Entries that one call of the store removes at most. @default 1000 */
  batch?: number
  /**
   * Seconds that something is kept after it has expired, so that a late replay is noticed. @default
   * 3600
   */
  retentionSeconds?: number
  /** The clock, in milliseconds since the epoch. @default Date.now */
  now?: () => number
}

/** Options of `startPurge()`. */
export interface StartPurgeOptions extends PurgeOptions {
  /** Seconds from the end of one sweep to the next. @default 60 */
  everySeconds?: number
  /**
   * The share of each wait that is left to chance, 0 to 1, so that several processes don't sweep at
   * the same moment. @default 0.2
   */
  jitter?: number
  /**
   * Is told why a sweep failed; the next one is tried later and later, up to an hour. @default a
   * process warning
   */
  onError?: (error: unknown) => void
}

/** The defaults of `purge()` and `startPurge()`. */
export const purgeDefaults = Object.freeze({
  batch: 1000,
  retentionSeconds: 3600,
  now: () => Date.now(),
  everySeconds: 60,
  jitter: 0.2,
})

// Node's timers take no longer wait.
const longestWaitSeconds = Math.floor((2 ** 31 - 1) / 1000)

const aFunction: Rule = [(value) => typeof value === 'function', 'must be a function']
const rules: Rules<PurgeOptions> = {
  batch: [
    (value) => Number.isSafeInteger(value) && (value as number) > 0,
    'must be a whole number, 1 or more',
  ],
  retentionSeconds: [
    (value) => isBetween(value, 0, Number.MAX_VALUE),
    'must be seconds, 0 or more',
  ],
  now: aFunction,
}

const startRules: Rules<StartPurgeOptions> = {
  ...rules,
  everySeconds: [
    (value) => isBetween(value, 0, longestWaitSeconds) && value !== 0,
    `must be seconds above 0, and at most ${longestWaitSeconds}`,
  ],
  jitter: [(value) => isBetween(value, 0, 1), 'must be a number from 0 to 1'],
  onError: aFunction,
}

/** The options of `purge()`. Throws a TypeError that names the option and the fix. */
export function purgeOptions(options: unknown): PurgeOptions {
  return readOptions(options, rules, { of: 'purge()' })
}

/** The options of `startPurge()`. Throws a TypeError that names the option and the fix. */
export function startPurgeOptions(options: unknown): StartPurgeOptions {
  return readOptions(options, startRules, { of: 'startPurge()' })
}

function isBetween(value: unknown, least: number, most: number): boolean {
  return typeof value === 'number' && value >= least && value <= most
}

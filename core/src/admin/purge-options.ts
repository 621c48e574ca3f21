import { readOptions } from '../options/read-options'
import {
  type Rules,
  aFunction,
  isBetween,
  seconds,
  timerSeconds,
  wholeNumber,
} from '../options/rules'

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

const rules: Rules<PurgeOptions> = {
  batch: wholeNumber(1),
  retentionSeconds: seconds,
  now: aFunction,
}

const startRules: Rules<StartPurgeOptions> = {
  ...rules,
  everySeconds: timerSeconds,
  jitter: [(value) => isBetween(value, 0, 1), 'must be a number from 0 to 1'],
  onError: aFunction,
}

const { everySeconds, jitter, ...defaults } = purgeDefaults

/** Reads the options of `purge()`. Throws an OptionError. */
export function purgeOptions(options: unknown) {
  return readOptions(options, rules, { of: 'purge()', defaults })
}

/** Reads the options of `startPurge()`. Throws an OptionError. */
export function startPurgeOptions(options: unknown) {
  return readOptions(options, startRules, {
    of: 'startPurge()',
    defaults: { ...defaults, everySeconds, jitter },
  })
}

import { readOptions } from '../options/read-options'
import {
  type Rules,
  aFunction,
  isBetween,
  seconds,
  timerSeconds,
  wholeNumber,
} from '../options/rules'

/** The options of `purge()`. */
export interface PurgeOptions {
  /** The maximum number of entries that one call of the store removes. @default 1000 */
  batch?: number
  /**
   * Seconds that an expired entry is kept, so that a late replay is still detected. @default 3600
   */
  retentionSeconds?: number
  /**
   * Seconds after which an unused client that registered itself is removed: its registration and its
   * last use are longer ago, and no grant of it is left. At least 3600. @default none is removed
   */
  unusedClientsSeconds?: number
  /** The clock, in milliseconds since the epoch. @default Date.now */
  now?: () => number
}

/** The checked options of `purge()`. */
export interface PurgeSettings extends Required<Omit<PurgeOptions, 'unusedClientsSeconds'>> {
  unusedClientsSeconds?: number
}

/** The options of `startPurge()`. */
export interface StartPurgeOptions extends PurgeOptions {
  /** Seconds from the end of one sweep to the start of the next. @default 60 */
  everySeconds?: number
  /**
   * The random share of each wait, from 0 to 1, so that several processes do not sweep at the same
   * time. @default 0.2
   */
  jitter?: number
  /**
   * Receives the error of a failed sweep. The wait doubles with each failure, up to an hour.
   * @default a process warning
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

const leastUnusedSeconds = 3600

const rules: Rules<PurgeOptions> = {
  batch: wholeNumber(1),
  retentionSeconds: seconds,
  // A client needs time to be used.
  unusedClientsSeconds: [
    (value) => isBetween(value, leastUnusedSeconds, Number.MAX_VALUE),
    `must be a number of seconds, ${leastUnusedSeconds} or more`,
  ],
  now: aFunction,
}

const startRules: Rules<StartPurgeOptions> = {
  ...rules,
  everySeconds: timerSeconds,
  jitter: [(value) => isBetween(value, 0, 1), 'must be a number from 0 to 1'],
  onError: aFunction,
}

const { everySeconds, jitter, ...defaults } = purgeDefaults

/** Returns the options of `purge()`. Throws an OptionError if one is wrong. */
export function purgeOptions(options: unknown) {
  return readOptions(options, rules, { of: 'purge()', defaults })
}

/** Returns the options of `startPurge()`. Throws an OptionError if one is wrong. */
export function startPurgeOptions(options: unknown) {
  return readOptions(options, startRules, {
    of: 'startPurge()',
    defaults: { ...defaults, everySeconds, jitter },
  })
}

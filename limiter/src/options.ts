import {
  OptionError,
  type Read,
  type Rule,
  type Rules,
  aFunction,
  longestTimerSeconds,
  wholeNumber,
} from '@oauth2-kit/core/store-kit'
import { type NormalizeUsername, normalizeUsername } from './normalize-username'

/** The number of failures that are allowed in a period. */
export interface Allowance {
  failures: number
  /** The length of the period, which starts with the first failure. */
  seconds: number
}

/** Options of `memoryLimiter()` and `redisLimiter()`. `null` disables a limit. */
export interface LimiterOptions {
  /** From one address, for any client or user. @default { failures: 100, seconds: 60 } */
  perAddress?: Allowance | null
  /**
   * For one client or user, from one address. Also for the registrations of clients (RFC 7591) from one
   * address, which all count, and for wrong user codes of devices (RFC 8628). @default { failures: 10, seconds: 60 }
   */
  perName?: Allowance | null
  /**
   * For one client or user, from all addresses. It stops guessing from many addresses, but an
   * attacker with several addresses can lock a user out. It must therefore exceed what a single
   * address is allowed.
   * @default { failures: 1000, seconds: 3600 }
   */
  perNameEverywhere?: Allowance | null
  /**
   * Maps a username to the text under which it is counted, so that other spellings share its count.
   * It must ignore at least what your look-up of users ignores.
   * @default NFKC, without case
   */
  normalizeUsername?: (username: string) => string
}

/** The defaults of both limiters. */
export const defaults = Object.freeze({
  perAddress: Object.freeze({ failures: 100, seconds: 60 }),
  perName: Object.freeze({ failures: 10, seconds: 60 }),
  perNameEverywhere: Object.freeze({ failures: 1000, seconds: 3600 }),
})

/** The names of the limits, in the order in which they are checked. */
export type LimitName = keyof typeof defaults

/** The active limits. */
export type Limits = Partial<Record<LimitName, Allowance>>

/** The settings that result from the options. */
export interface Settings {
  limits: Limits
  normalize: NormalizeUsername
}

const failureCount = wholeNumber(1)
const secondsCount = wholeNumber(1, longestTimerSeconds)

function isAllowance(value: unknown): boolean {
  const { failures, seconds } = (value ?? {}) as Partial<Allowance>
  return failureCount[0](failures) && secondsCount[0](seconds)
}

const allowance: Rule = [
  (value) => value === null || isAllowance(value),
  'must be { failures, seconds }, whole numbers above 0, or null to disable the limit',
]

/** The rules of the options that both limiters share. */
export const rules: Rules<LimiterOptions> = {
  perAddress: allowance,
  perName: allowance,
  perNameEverywhere: allowance,
  normalizeUsername: [aFunction[0], 'must be a function from a username to a string'],
}

/** Returns the settings. Throws an OptionError if all limits are disabled. */
export function settingsOf(options: Read<LimiterOptions, typeof defaults>): Settings {
  const limits: Limits = {}
  for (const name of Object.keys(defaults) as LimitName[]) {
    const limit = options[name]
    if (limit) limits[name] = { failures: limit.failures, seconds: limit.seconds }
  }
  const { normalizeUsername: normalize = normalizeUsername } = options
  if (Object.keys(limits).length > 0) return { limits, normalize }
  const names = Object.keys(defaults).join(', ')
  throw new OptionError('perAddress', `A limiter without a limit: keep one of ${names}`)
}

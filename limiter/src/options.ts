import { type NormalizeUsername, normalizeUsername } from './normalize-username'

/** How many failures are allowed in how many seconds. */
export interface Allowance {
  failures: number
  /** From the first failure on. */
  seconds: number
}

/** Options of `memoryLimiter()` and `redisLimiter()`: each limit may be `null`, for none. */
export interface LimiterOptions {
  /** From one address, whomever they are for. @default { failures: 100, seconds: 60 } */
  perAddress?: Allowance | null
  /** For one client or user, from one address. @default { failures: 10, seconds: 60 } */
  perName?: Allowance | null
  /**
   * For one client or user, from everywhere. It stops guesses from many addresses, and lets whoever
   * has several lock somebody out: more than a single address is allowed. @default { failures: 1000,
   * seconds: 3600 }
   */
  perNameEverywhere?: Allowance | null
  /**
   * Maps a username to what it is counted under, so that no other spelling of it has a count of its
   * own: make it ignore at least what your look-up of users ignores.
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

/** The names of all options that both limiters have. */
const names = [...Object.keys(defaults), 'normalizeUsername']

/** The names of the limits, in the order in which they are asked. */
export type LimitName = keyof typeof defaults

/** The limits that hold. */
export type Limits = Partial<Record<LimitName, Allowance>>

/** What the options say. */
export interface Settings {
  limits: Limits
  normalize: NormalizeUsername
}

/** Checks the options. Throws a TypeError that says how to fix them. */
export function settingsOf(options: LimiterOptions, others: readonly string[] = []): Settings {
  if (typeof options !== 'object' || options === null)
    throw new TypeError('A limiter takes an object with options, or nothing')
  const known = [...names, ...others]
  const unknown = Object.keys(options).find((name) => !known.includes(name))
  if (unknown !== undefined)
    throw new TypeError(`"${unknown}" is an unknown option of a limiter; take ${known.join(', ')}`)
  const { normalizeUsername: normalize = normalizeUsername } = options
  if (typeof normalize !== 'function') {
    throw new TypeError('"normalizeUsername" must be a function from a username to a string')
  }
  return { limits: limitsOf(options), normalize }
}

function limitsOf(options: LimiterOptions): Limits {
  const limits: Limits = {}
  for (const name of Object.keys(defaults) as LimitName[]) {
    const allowance = options[name] === undefined ? defaults[name] : options[name]
    if (allowance === null) continue
    assertAllowance(allowance, name)
    limits[name] = { failures: allowance.failures, seconds: allowance.seconds }
  }
  if (Object.keys(limits).length === 0)
    throw new TypeError(
      `A limiter without a limit: leave one of ${Object.keys(defaults).join(', ')}`,
    )
  return limits
}

// What a timer of Node takes: a longer one would end at once.
const mostSeconds = Math.floor((2 ** 31 - 1) / 1000)

function assertAllowance(allowance: unknown, name: string): void {
  const { failures, seconds } = (allowance ?? {}) as Partial<Allowance>
  if (!isWhole(failures, Number.MAX_SAFE_INTEGER) || !isWhole(seconds, mostSeconds)) {
    throw new TypeError(
      `"${name}" must be { failures, seconds }, whole numbers above 0, or null for no such limit`,
    )
  }
}

function isWhole(value: unknown, most: number): boolean {
  return Number.isInteger(value) && (value as number) > 0 && (value as number) <= most
}

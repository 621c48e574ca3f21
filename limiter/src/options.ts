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
}

/** The defaults of both limiters. */
export const defaults = Object.freeze({
  perAddress: Object.freeze({ failures: 100, seconds: 60 }),
  perName: Object.freeze({ failures: 10, seconds: 60 }),
  perNameEverywhere: Object.freeze({ failures: 1000, seconds: 3600 }),
})

/** The names of the limits, in the order in which they are asked. */
export type LimitName = keyof typeof defaults

/** The limits that hold. */
export type Limits = Partial<Record<LimitName, Allowance>>

/** Checks the options, and gives the limits that hold. Throws a TypeError that names the mend. */
export function limitsOf(options: LimiterOptions, others: readonly string[] = []): Limits {
  if (typeof options !== 'object' || options === null)
    throw new TypeError('A limiter takes an object with options, or nothing')
  const known = [...Object.keys(defaults), ...others]
  const unknown = Object.keys(options).find((name) => !known.includes(name))
  if (unknown !== undefined)
    throw new TypeError(`"${unknown}" is no option of a limiter; take ${known.join(', ')}`)
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

import type { Entry } from '../log'

/** What was done to the providers and the database during the drill. The audit allows for it. */
export interface Circumstances {
  /** The core's time limit for a call of the store, in milliseconds. */
  deadlineMs: number
  /** How long a repeated refresh returns the same response, in milliseconds. */
  graceMs: number
  /** How many times as fast the clocks of the providers run. @default 1 */
  clockRate?: number
  /** When the fault began, and when its cause was gone, in milliseconds since the epoch. */
  broken: { from: number; to: number } | null
  /** When a provider process was not running. */
  absences: { provider: number; from: number; to: number }[]
  /** When the clock of a provider was set, and by how many milliseconds it was ahead from then. */
  steps: { provider: number; from: number; aheadMs: number }[]
  /**
   * The harness's changes: accounts that it deleted, and secrets that it replaced. @default none
   */
  changes?: readonly Entry[]
}

/** A clock step is recorded at most this long after it happened, in milliseconds. */
const recordedWithinMs = 1_000

/**
 * Returns the minimum and maximum by which a provider's clock was ahead during that time, in
 * milliseconds.
 */
export function aheadDuring(
  { steps }: Circumstances,
  provider: number,
  from: number,
  to: number,
): { least: number; most: number } {
  const its = steps.filter((step) => step.provider === provider)
  const before = its.filter((step) => step.from <= from).at(-1)?.aheadMs ?? 0
  const during = its.filter((step) => from < step.from && step.from <= to + recordedWithinMs)
  const all = [before, ...during.map(({ aheadMs }) => aheadMs)]
  return { least: Math.min(...all), most: Math.max(...all) }
}

/** Returns whether the provider was not running for some of that time. */
export function wasAway(
  { absences }: Circumstances,
  provider: number,
  from: number,
  to: number,
): boolean {
  return absences.some((away) => away.provider === provider && away.from <= to && from <= away.to)
}

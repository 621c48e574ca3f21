import type { Entry } from '../log'

/** What was done to the providers and the database during the drill: what the audit may excuse. */
export interface Circumstances {
  /** The core's time limit for a call of the store, in milliseconds. */
  deadlineMs: number
  /** How long a repeated refresh gets the same answer, in milliseconds. */
  graceMs: number
  /** How many times as fast the clocks of the providers run. @default 1 */
  clockRate?: number
  /** When the fault began, and when its cause was gone, in milliseconds since the epoch. */
  broken: { from: number; to: number } | null
  /** When a provider process was not running. */
  absences: { provider: number; from: number; to: number }[]
  /** From when on the clock of a provider was ahead, and by how many milliseconds. */
  steps: { provider: number; from: number; aheadMs: number }[]
  /**
   * The harness's changes: accounts that it deleted, and secrets that it replaced. @default none
   */
  changes?: readonly Entry[]
}

/** A clock step is recorded at most this long after it happened, in milliseconds. */
const notedWithinMs = 1_000

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
  const meanwhile = its.filter((step) => from < step.from && step.from <= to + notedWithinMs)
  const all = [before, ...meanwhile.map(({ aheadMs }) => aheadMs)]
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

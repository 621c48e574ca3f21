import type { Entry } from '../log'

/** What was done to the providers and the database meanwhile: what the audit may excuse. */
export interface Circumstances {
  /** How long the core lets a store take, in milliseconds. */
  deadlineMs: number
  /** How long a repeated refresh gets the same answer, in milliseconds. */
  graceMs: number
  /** How many times as fast the clocks of the providers run. @default 1 */
  clockRate?: number
  /** When the fault began, and when its cause was gone: milliseconds since the epoch. */
  broken: { from: number; to: number } | null
  /** Times in which a provider process was not there. */
  absences: { provider: number; from: number; to: number }[]
  /** From when on the clock of a provider was ahead by so many milliseconds. */
  steps: { provider: number; from: number; aheadMs: number }[]
  /** What the harness has changed: accounts that it deleted, secrets that it replaced. @default none */
  changes?: readonly Entry[]
}

/** A step is noted a moment after it was made, in milliseconds. */
const notedWithinMs = 1_000

/** How far ahead the clock of a provider was during that time, at least and at most, in milliseconds. */
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

/** Whether the provider was away during some of that time. */
export function wasAway(
  { absences }: Circumstances,
  provider: number,
  from: number,
  to: number,
): boolean {
  return absences.some((away) => away.provider === provider && away.from <= to && from <= away.to)
}

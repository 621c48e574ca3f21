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
}

/** How far ahead the clock of a provider was at that time, in milliseconds. */
export function aheadOf({ steps }: Circumstances, provider: number, at: number): number {
  const before = steps.filter((step) => step.provider === provider && step.from <= at)
  return before.at(-1)?.aheadMs ?? 0
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

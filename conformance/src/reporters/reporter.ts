import type { Report, Status, Verdict } from '../case'
import type { Group } from '../types'

/**
 * Formats a report. `command` runs the same suite; a reporter appends the options that replay one
 * case.
 */
export type Reporter = (report: Report, command: string) => string

/** Every status, in the order of the reports. */
export const statuses = [
  'passed',
  'failed',
  'warning',
  'unproved',
  'not applicable',
  'not offered',
] as const satisfies readonly Status[]

/** Returns the number of verdicts of each status. */
export function countOf(verdicts: readonly Verdict[]): Record<Status, number> {
  const counts = Object.fromEntries(statuses.map((status) => [status, 0])) as Record<Status, number>
  for (const { status } of verdicts) counts[status]++
  return counts
}

/** Returns the verdicts by group, in the order of the suite. */
export function byGroup({ verdicts }: Report): Map<Group, Verdict[]> {
  const groups = new Map<Group, Verdict[]>()
  for (const verdict of verdicts) {
    const { group } = verdict.case
    groups.set(group, [...(groups.get(group) ?? []), verdict])
  }
  return groups
}

/** Returns the verdicts that need attention. */
export function failuresOf({ verdicts }: Report): Verdict[] {
  return verdicts.filter(({ status }) => status === 'failed' || status === 'warning')
}

/** Returns the command that runs one case again with the same random inputs. */
export function replayOf({ case: { id } }: Verdict, { seed }: Report, command: string): string {
  return `${command} --only ${id} --seed ${seed}`
}

/** Returns the result of the run in one line. */
export function verdictOn(report: Report): string {
  const { reached, asked, contract, partial } = report
  if (partial) return 'Only a part of the suite ran, so no level is reached'
  if (failuresOf(report).length > 0) return `Level reached: ${reached ?? 'none'}, of ${asked}`
  if (reached === asked) return `Level reached: ${reached}`
  const reason =
    contract === 'store'
      ? 'the next level has unproved cases'
      : "the next level has promises that the 2.4 contract can't make"
  return `Level reached: ${reached ?? 'none'}, of ${asked}; ${reason}`
}

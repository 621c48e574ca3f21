import type { Report, Status, Verdict } from '../case'
import type { Group } from '../types'

/** Puts a report into words. `command` runs the same suite again: a reporter adds what replays one case. */
export type Reporter = (report: Report, command: string) => string

/** Every status, in the order in which reports have them. */
export const statuses = [
  'passed',
  'failed',
  'warning',
  'unproved',
  'not applicable',
  'not offered',
] as const satisfies readonly Status[]

/** How many verdicts there are of each status. */
export function countOf(verdicts: readonly Verdict[]): Record<Status, number> {
  const counts = Object.fromEntries(statuses.map((status) => [status, 0])) as Record<Status, number>
  for (const { status } of verdicts) counts[status]++
  return counts
}

/** The verdicts by group, in the order of the suite. */
export function byGroup({ verdicts }: Report): Map<Group, Verdict[]> {
  const groups = new Map<Group, Verdict[]>()
  for (const verdict of verdicts) {
    const { group } = verdict.case
    groups.set(group, [...(groups.get(group) ?? []), verdict])
  }
  return groups
}

/** The verdicts that somebody should look at. */
export function failuresOf({ verdicts }: Report): Verdict[] {
  return verdicts.filter(({ status }) => status === 'failed' || status === 'warning')
}

/** The one command that runs one case again, with the same random inputs. */
export function replayOf({ case: { id } }: Verdict, { seed }: Report, command: string): string {
  return `${command} --only ${id} --seed ${seed}`
}

/** What the run comes to, in one line. */
export function verdictOn(report: Report): string {
  const { reached, asked, contract, partial } = report
  if (partial) return 'Only a part of the suite ran, which reaches no level'
  if (failuresOf(report).length > 0) return `Level reached: ${reached ?? 'none'}, of ${asked}`
  if (reached === asked) return `Level reached: ${reached}`
  const reason =
    contract === 'store'
      ? 'the next one has cases that are unproved: see below'
      : 'the next one has promises that the 2.4 contract has no room for'
  return `Level reached: ${reached ?? 'none'}, of ${asked}; ${reason}`
}

import type { Report, Status, Verdict } from '../case'
import { type ModelContract, contracts } from '../model/contracts'
import type { Group } from '../types'
import { hasRun } from '../verdicts'
import { knownErrorIn } from './known-errors'

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
export function failuresOf({ verdicts }: Pick<Report, 'verdicts'>): Verdict[] {
  return verdicts.filter(({ status }) => status === 'failed' || status === 'warning')
}

/** Returns the command that runs one case again with the same random inputs. */
export function replayOf({ case: { id } }: Verdict, { seed }: Report, command: string): string {
  return `${command} --only ${id} --seed ${seed}`
}

/** Returns the contract of the model that was checked, or undefined for a store. */
export function modelContractOf({ contract }: Report): ModelContract | undefined {
  return Object.values(contracts).find(({ title }) => title === contract)
}

/** Returns the result of the run in one line. */
export function verdictOn(report: Report): string {
  const { reached, asked, partial } = report
  if (!report.verdicts.some(hasRun))
    return `No case ran: ${[...new Set(report.verdicts.map(({ reason = '' }) => reason))].join(', ')}`
  if (partial) return 'Only a part of the suite ran, so no level is reached'
  if (reached === asked) return `Level reached: ${reached}${aboveIn(report)}`
  const contract = modelContractOf(report)
  const limit = contract && asked !== 'contract' ? `${contract.inWords} can't reach ${asked}` : ''
  const level = reached ?? 'none'
  if (failuresOf(report).length > 0)
    return `Level reached: ${level}, of ${asked}${limit && `; ${limit}`}`
  const less = reached === null ? '' : `; or ask for less with --level ${reached}`
  return `Asked for ${asked}, reached ${level}: ${limit || unprovedIn(report)}${less}`
}

/** Returns why a run that has reached its level has failed all the same. */
function aboveIn({ verdicts }: Report): string {
  const count = verdicts.filter(({ status }) => status === 'failed').length
  if (count === 0) return ''
  return `, but ${count === 1 ? '1 case' : `${count} cases`} above it failed, so the run failed`
}

/** Returns the unproved cases that keep the run from its level, with what they need. */
function unprovedIn({ verdicts }: Report): string {
  const unproved = verdicts.filter(({ status }) => status === 'unproved')
  const reasons = [...new Set(unproved.map(({ reason = '' }) => reason))]
  const hooks = reasons.flatMap((reason) => /raw\.\w+\(\)/.exec(reason) ?? [])
  const others = reasons.filter((reason) => !/raw\.\w+\(\)/.test(reason))
  const needed = [...(hooks.length > 0 ? [`add ${hooks.join(', ')}`] : []), ...others].join(', ')
  const count = unproved.length === 1 ? '1 case is' : `${unproved.length} cases are`
  return `${count} unproved: ${needed}`
}

/** Returns why a failure matters and what usually fixes it. */
export function adviceOn(verdict: Verdict): { why: string; fix: string } {
  const { why, fix } = knownErrorIn(verdict) ?? verdict.outside ?? verdict.case
  return { why, fix }
}

/** Returns the last calls of a case, at most that many, and the number of those before them. */
export function stepsOf({ steps = [], calls = steps.length }: Verdict, most = Infinity): string[] {
  const last = steps.slice(-most)
  const left = calls - last.length
  return left > 0 ? [`(${left} earlier calls)`, ...last] : last
}

/** Returns what a failed case observed, and then what was already wrong before. */
export function seenIn(verdict: Verdict): string[] {
  const { reason = '', at } = verdict
  const first = at === undefined ? reason : `${reason}, at ${at}`
  return [first, ...hintsIn(verdict).map((text) => `Seen before that: ${text}`)]
}

/** Returns what was already wrong before the case failed, unless the case itself reports it. */
export function hintsIn({ reason = '', observed = [] }: Verdict): string[] {
  return observed
    .filter(
      ({ differences }) =>
        differences.length === 0 || !differences.every(({ text }) => reason.includes(text)),
    )
    .map(({ text }) => text)
}

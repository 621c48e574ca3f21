import { styleText } from 'node:util'
import type { Report, Status } from '../case'
import { type Cause, causesOf, followersOf, summaryOf } from './causes'
import {
  type Reporter,
  adviceOn,
  byGroup,
  countOf,
  failuresOf,
  hintsIn,
  modelContractOf,
  replayOf,
  seenIn,
  statuses,
  stepsOf,
  verdictOn,
} from './reporter'

const columns = 100

/** For people at a terminal: a table by group, and the details of the first case of each cause. */
export const pretty: Reporter = (report, command) => {
  const causes = causesOf(report.verdicts)
  const parts = [
    styleText('bold', `Conformance of ${report.name} (${contractOf(report)})`),
    summary(causes),
    tableOf(report),
    ...causes.map((cause) => failure(cause, report, command)),
    remarks(report, 'unproved', 'Unproved, because an option is missing'),
    remarks(report, 'not applicable', 'Not applicable'),
    notOffered(report),
    conclusion(report),
  ]
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`
}

function contractOf(report: Report): string {
  return modelContractOf(report)?.kind ?? 'a store'
}

function tableOf(report: Report): string {
  const shown = statuses.filter((status) => report.verdicts.some((one) => one.status === status))
  const rows = [...byGroup(report)].map(([group, verdicts]) => {
    const counts = countOf(verdicts)
    const time = verdicts.reduce((sum, { milliseconds }) => sum + milliseconds, 0)
    return [group, ...shown.map((status) => cell(counts[status])), `${Math.round(time)} ms`]
  })
  const total = countOf(report.verdicts)
  rows.push([
    'total',
    ...shown.map((status) => cell(total[status])),
    `${Math.round(report.milliseconds)} ms`,
  ])
  const table = [['group', ...shown, 'time'], ...rows]
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)))
  return table
    .map((row) =>
      row
        .map((text, column) =>
          column === 0 ? text.padEnd(widths[0]!) : text.padStart(widths[column]!),
        )
        .join('  '),
    )
    .join('\n')
}

function cell(count: number): string {
  return count === 0 ? '·' : String(count)
}

/** Lists what to read first. */
function summary(causes: readonly Cause[]): string {
  const head = summaryOf(causes)
  if (head === '' || causes.length === 1) return head
  const lines = causes.map(({ first }, n) => {
    const line = `${n + 1}. ${first.case.id}: ${hintsIn(first)[0] ?? first.reason}`
    return `  ${line.length > columns ? `${line.slice(0, columns - 1)}…` : line}`
  })
  return [`${head}:`, ...lines].join('\n')
}

function failure(cause: Cause, report: Report, command: string): string {
  const { case: one } = cause.first
  const { why, fix } = adviceOn(cause.first)
  const lines = [
    styleText('red', `✗ ${one.id}: ${one.title}`),
    ...labelled('Seen', seenIn(cause.first)),
    ...labelled('Done', stepsOf(cause.first, 8)),
    ...labelled('Why', [why]),
    ...labelled('Fix', [fix]),
    ...labelled('Replay', [replayOf(cause.first, report, command)]),
    ...(cause.followers.length > 0 ? wrapped(followersOf(cause)) : []),
  ]
  return lines.join('\n')
}

function labelled(label: string, lines: readonly string[]): string[] {
  return lines.map((line, n) => `  ${(n === 0 ? label : '').padEnd(10)}${line}`)
}

/** Breaks a list of words into indented lines. */
function wrapped(text: string): string[] {
  const lines = ['']
  for (const word of text.split(' ')) {
    const line = lines.at(-1)!
    if (line.length + word.length + 1 <= columns) lines[lines.length - 1] = `${line} ${word}`
    else lines.push(`    ${word}`)
  }
  return lines.map((line, n) => (n === 0 ? ` ${line}` : line))
}

/** Returns one line per reason, with the cases that have it. */
function remarks(report: Report, status: Status, title: string): string {
  const reasons = new Map<string, string[]>()
  for (const { status: had, reason = '', case: one } of report.verdicts) {
    if (had === status) reasons.set(reason, [...(reasons.get(reason) ?? []), one.id])
  }
  if (reasons.size === 0) return ''
  const lines = [...reasons].map(([reason, ids]) => `  ${reason}: ${ids.join(', ')}`)
  return [`${title}:`, ...lines].join('\n')
}

function notOffered(report: Report): string {
  const cases = report.verdicts.filter(({ status }) => status === 'not offered')
  const contract = modelContractOf(report)
  if (cases.length === 0 || !contract) return ''
  const groups = [...new Set(cases.map((one) => one.case.group))].join(', ')
  return [
    `${cases.length} promises that ${contract.inWords} can't make, in the groups ${groups}:`,
    `  such a model ${contract.lacks}.`,
    '  A store of oauth2-kit, or your own store, makes them.',
  ].join('\n')
}

function conclusion(report: Report): string {
  const failures = failuresOf(report).length
  const color =
    failures > 0 ? 'red' : report.reached === report.asked || report.partial ? 'green' : 'yellow'
  return styleText(color, `${failures > 0 ? `${failures} failed. ` : ''}${verdictOn(report)}`)
}

import { causesOf, followersOf, summaryOf } from './causes'
import {
  type Reporter,
  adviceOn,
  byGroup,
  countOf,
  replayOf,
  seenIn,
  statuses,
  verdictOn,
} from './reporter'

/** For a README, a pull request or a job summary. The badge shows the level. */
export const markdown: Reporter = (report, command) => {
  const shown = statuses.filter((status) => report.verdicts.some((one) => one.status === status))
  const rows = [...byGroup(report)].map(([group, verdicts]) => {
    const counts = countOf(verdicts)
    return `| ${[group, ...shown.map((status) => counts[status] || '')].join(' | ')} |`
  })
  const causes = causesOf(report.verdicts)
  const failures = causes.map((cause) => {
    const { case: one } = cause.first
    const { why, fix } = adviceOn(cause.first)
    return [
      `### ✗ ${one.id}: ${one.title}`,
      `- **Seen**: ${seenIn(cause.first).map(escaped).join('<br>')}`,
      `- **Why**: ${why}`,
      `- **Fix**: ${fix}`,
      `- **Replay**: \`${replayOf(cause.first, report, command)}\``,
      ...(cause.followers.length > 0 ? [`- ${followersOf(cause)}`] : []),
    ].join('\n')
  })
  const summary = summaryOf(causes)
  const rest = report.verdicts.filter(
    ({ status }) => status === 'unproved' || status === 'not applicable',
  )
  const remarks = rest.map(({ case: { id }, status, reason }) => `- ${id}: ${status}, ${reason}`)
  const parts = [
    `## ${report.partial ? '' : `${badge(report.reached)} `}Conformance of ${report.name}`,
    `${summary === '' ? '' : `${summary}. `}${verdictOn(report)}.`,
    [`| group | ${shown.join(' | ')} |`, `|---|${shown.map(() => '---:|').join('')}`, ...rows].join(
      '\n',
    ),
    ...failures,
    remarks.length > 0
      ? `<details><summary>Not run</summary>\n\n${remarks.join('\n')}\n\n</details>`
      : '',
  ]
  return `${parts.filter(Boolean).join('\n\n')}\n`
}

function badge(reached: string | null): string {
  const color = reached === null ? 'red' : reached === 'contract' ? 'yellow' : 'brightgreen'
  return `![oauth2-kit: ${reached ?? 'failed'}](https://img.shields.io/badge/oauth2--kit-${reached ?? 'failed'}-${color})`
}

function escaped(text: string): string {
  return text.replaceAll(/[\\`*_{}[\]<>|]/g, String.raw`\$&`)
}

import type { Verdict } from '../case'
import { causesOf, firstOf, followersOf, summaryOf } from './causes'
import {
  type Reporter,
  adviceOn,
  byGroup,
  countOf,
  replayOf,
  seenIn,
  stepsOf,
  verdictOn,
} from './reporter'

/** TAP version 14. */
export const tap: Reporter = (report, command) => {
  const causes = causesOf(report.verdicts)
  const leads = firstOf(causes)
  const lines = report.verdicts.flatMap((verdict, n) => {
    const { case: one, status, reason } = verdict
    const head = `${status === 'failed' ? 'not ok' : 'ok'} ${n + 1} - ${one.id}: ${one.title.replaceAll('#', '\\#')}`
    if (status === 'passed') return [head]
    if (status !== 'failed') return [`${head} # SKIP ${status}: ${reason}`]
    const first = leads.get(verdict)
    const { why, fix } = adviceOn(verdict)
    const details = first
      ? [`  cause: ${JSON.stringify(`probably that of ${first.case.id}`)}`]
      : [`  why: ${JSON.stringify(why)}`, `  fix: ${JSON.stringify(fix)}`]
    return [
      head,
      '  ---',
      `  seen: ${JSON.stringify(seenIn(verdict).join('\n'))}`,
      ...details,
      `  replay: ${JSON.stringify(replayOf(verdict, report, command))}`,
      '  ...',
    ]
  })
  return [
    'TAP version 14',
    `1..${report.verdicts.length}`,
    ...lines,
    ...causes
      .filter(({ followers }) => followers.length > 0)
      .map((cause) => `# ${cause.first.case.id}: ${followersOf(cause)}`),
    ...(summaryOf(causes) === '' ? [] : [`# ${summaryOf(causes)}`]),
    `# ${verdictOn(report)}`,
    '',
  ].join('\n')
}

/** The full report as JSON, for programs. */
export const json: Reporter = (report, command) => {
  const { name, contract, asked, reached, seed, milliseconds, verdicts } = report
  const causes = causesOf(verdicts)
  const leads = firstOf(causes)
  const cases = verdicts.map((verdict) => {
    const { id, group, level, since, title } = verdict.case
    const { status, reason, at, differences, observed } = verdict
    const failed = status === 'failed' && {
      cause: leads.get(verdict)?.case.id ?? id,
      at,
      differences,
      seenBefore: observed?.map(({ text }) => text),
      ...adviceOn(verdict),
      steps: stepsOf(verdict),
      replay: replayOf(verdict, report, command),
    }
    return {
      id,
      group,
      level,
      since,
      title,
      status,
      milliseconds: Math.round(verdict.milliseconds),
      reason,
      ...failed,
    }
  })
  const head = { name, contract, asked, reached, seed, milliseconds: Math.round(milliseconds) }
  const idsByCause = causes.map(({ first, followers }) => ({
    first: first.case.id,
    followers: followers.map((one) => one.case.id),
  }))
  const all = { ...head, counts: countOf(verdicts), causes: idsByCause, cases }
  return `${JSON.stringify(all, null, 2)}\n`
}

/** JUnit XML, for CI servers. */
export const junit: Reporter = (report, command) => {
  const leads = firstOf(causesOf(report.verdicts))
  const suites = [...byGroup(report)].map(([group, verdicts]) => {
    const counts = countOf(verdicts)
    const skipped = verdicts.length - counts.passed - counts.failed
    const cases = verdicts.map((verdict) => {
      const { case: one, status, reason = '', milliseconds } = verdict
      const head = `    <testcase classname="${xml(`${report.name}.${group}`)}" name="${xml(`${one.id}: ${one.title}`)}" time="${(milliseconds / 1000).toFixed(3)}"`
      if (status === 'passed') return `${head}/>`
      const first = leads.get(verdict)
      const { why, fix } = adviceOn(verdict)
      const details = first
        ? [`Probably the same cause as ${first.case.id}: see there`]
        : [...seenIn(verdict), why, fix]
      const text = xml([...details, replayOf(verdict, report, command)].join('\n'))
      const inner =
        status === 'failed'
          ? `<failure message="${xml(reason)}">${text}</failure>`
          : `<skipped message="${xml(`${status}: ${reason}`)}"/>`
      return `${head}>${inner}</testcase>`
    })
    return [
      `  <testsuite name="${group}" tests="${verdicts.length}" failures="${counts.failed}" skipped="${skipped}">`,
      ...cases,
      '  </testsuite>',
    ].join('\n')
  })
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="${xml(report.name)}">`,
    ...suites,
    '</testsuites>',
    '',
  ].join('\n')
}

/** Annotations of GitHub Actions, one per cause. */
export const github: Reporter = (report, command) => {
  const causes = causesOf(report.verdicts)
  const lines = causes.map((cause) => {
    const { case: one } = cause.first
    const { why, fix } = adviceOn(cause.first)
    const text = [
      ...seenIn(cause.first),
      `Why: ${why}`,
      `Fix: ${fix}`,
      `Replay: ${replayOf(cause.first, report, command)}`,
      ...(cause.followers.length > 0 ? [followersOf(cause)] : []),
    ].join('\n')
    return `::error title=${property(one.id)}::${data(text)}`
  })
  const counts = countOf(report.verdicts)
  const summary = `${report.name}: ${counts.passed} passed, ${counts.failed} failed${causes.length > 0 ? `, probably for ${causes.length} ${causes.length === 1 ? 'cause' : 'causes'}` : ''}. ${verdictOn(report)}`
  const unproved = report.verdicts.filter(({ status }) => status === 'unproved')
  if (unproved.length > 0)
    lines.push(`::warning title=unproved::${data(unproved.map(line).join('\n'))}`)
  return [...lines, `::notice title=conformance::${data(summary)}`, ''].join('\n')
}

function line({ case: { id }, reason }: Verdict): string {
  return `${id}: ${reason}`
}

function xml(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
  // XML 1.0 can't represent most control characters.
  return text
    .replaceAll(/[&<>"]/g, (char) => entities[char]!)
    .replaceAll(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')
}

/** Escapes the text of a workflow command. */
function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}

import type { DrillResult, Findings } from '../drill'
import { type Fault, faults } from '../faults'
import { type HostileResult, attacks } from '../hostile'
import type { ResultFile } from '../results'
import type { SoakResult } from '../soak'
import { has, targets } from '../targets'
import { type ViolationKind, violationKinds } from '../audit/violation'
import { claims } from './claims'
import { found } from './found'
import { notRun } from './not-run'
import { table } from './table'

/** Returns the text of `docs/reliability.md`, from the results. */
export function reportOf(results: ResultFile): string {
  return [
    heading,
    summaryOf(results),
    claimsTable(results),
    `## Findings\n\n${found.map((one) => `- ${one}`).join('\n')}`,
    '## Faults and results',
    ...faults.map((fault) => sectionOf(fault, results.drills)),
    attackSection(results.hostile),
    soakSection(results.soaks),
    violationsSection(results),
    notRunSection(results),
    versionsSection(results),
  ].join('\n\n')
}

const heading = `# Reliability

Two processes of the [example provider](../examples/provider/README.md) run on one database. Clients in two more
processes get codes with PKCE, and use, refresh and revoke tokens, over HTTP, at either provider. A tenth of the
grants begin with a code that is sent twice at the same time; in others, a client replays a refresh token, or
revokes the grant while it is refreshed. A client that gets a 503, or no response, tries again. Then something
breaks. Finally, every token that a client received is checked, at a provider and in the database, and the log of
all responses is audited. The harness generates this page from the results of its runs.

\`\`\`sh
npm run drill                                            # everything, in a bit more than half an hour
npm run drill -- redis --fault kill-database             # one store, one fault
npm run drill -- typeorm-postgres --attack all           # hostile clients
npm run drill -- memory --soak 30                        # half an hour under load
npm run drill -- --json bench/drills/results.json --report docs/reliability.md
\`\`\`

The databases run in their own containers. \`npx jest bench/drills\` tests that the audit detects each kind of
violation:

${table(
  ['violation', 'meaning'],
  Object.entries(violationKinds).map(([kind, text]) => [kind, text]),
)}`

function summaryOf({ drills, hostile, soaks }: ResultFile): string {
  const all: Findings[] = [...drills, ...hostile, ...soaks]
  const sum = (of: (one: Findings) => number) => all.reduce((total, one) => total + of(one), 0)
  const count = (kind: ViolationKind) =>
    sum(({ violations }) => violations.filter((one) => one.kind === kind).length)
  const errors = sum(({ answers }) =>
    Object.entries(answers).reduce((n, [name, times]) => n + (/ 500\b/.test(name) ? times : 0), 0),
  )
  const slowestBack = Math.max(0, ...drills.map(({ backAfterMs }) => backAfterMs))
  return `## Summary

${sum(({ requests }) => requests)} requests for ${sum(({ grants }) => grants)} grants, in ${all.length} runs.

${table(
  ['figure', 'goal', 'measured'],
  [
    ['acknowledged codes and tokens lost', '0', String(count('lost'))],
    ['grants lost because of a lost response', '0', String(count('lost reply'))],
    ['codes and tokens redeemed twice', '0', String(count('double'))],
    ['grants usable after their acknowledged end', '0', String(count('resurrected'))],
    ['responses with status 500', '0', String(errors)],
    ['other responses that are not specified', '0', String(count('answer') - errors)],
    ['responses later than 6 s (the store timeout, 5 s, plus 1 s)', '0', String(count('late'))],
    ['longest time until the service recovered after the fix', '5 s', seconds(slowestBack)],
    ['processes that exited by themselves', '0', String(count('crash'))],
  ],
)}`
}

function claimsTable({ drills, hostile, soaks }: ResultFile): string {
  const rows = claims.map(({ claim, drills: names, broken }) => [
    claim,
    names.map((name) => `[${name}](#${name})`).join(', '),
    verdictOf(
      [...drills, ...hostile, ...soaks].filter((result) => names.includes(nameOf(result))),
      broken,
    ),
  ])
  return `## Which claim rests on which drill

${table(['claim', 'drills', 'violations'], rows)}`
}

function nameOf(result: DrillResult | HostileResult | SoakResult): string {
  if ('fault' in result) return result.fault
  return 'attack' in result ? result.attack : 'soak'
}

function verdictOf(results: readonly Findings[], kinds: readonly ViolationKind[]): string {
  const found = results
    .flatMap(({ violations }) => violations)
    .filter(({ kind }) => kinds.includes(kind))
  return results.length === 0
    ? 'not run'
    : `${found.length} (${kinds.join(', ')}) in ${results.length} runs`
}

function sectionOf({ name, what, needs }: Fault, drills: readonly DrillResult[]): string {
  const its = drills.filter(({ fault }) => fault === name)
  const missing = targets
    .filter((target) => has(target, { needs }) && !its.some(({ store }) => store === target.name))
    .map((target) => target.name)
  const rows = its.map((one) => [
    one.store,
    String(one.requests),
    String(one.grants),
    seconds(one.brokenForMs),
    String(one.failed),
    seconds(one.backAfterMs),
    `${seconds(one.slowestMs)}, ${seconds(one.machineMs)}`,
    violationsIn(one),
  ])
  const head = [
    'store',
    'requests',
    'grants',
    'broken for',
    'failed requests',
    'back after',
    'slowest response, and of a bare server',
    'violations',
  ]
  return [
    `### ${name}`,
    `${capital(what)}.`,
    ...(rows.length > 0 ? [table(head, rows)] : []),
    ...its.flatMap(({ store, counted }) => (counted ? [`${store}: ${counted}.`] : [])),
    ...(missing.length > 0 ? [`Not run here: ${missing.join(', ')}.`] : []),
  ].join('\n\n')
}

function attackSection(hostile: readonly HostileResult[]): string {
  const sections = attacks.map(({ name, what }) => {
    const rows = hostile
      .filter(({ attack }) => attack === name)
      .map((one) => [
        one.store,
        Object.entries(one.outcomes)
          .map(([outcome, times]) => `${outcome}: ${Math.round(times / one.seconds)}/s`)
          .join(', '),
        `${Math.round(one.rssMb.before)} / ${Math.round(one.rssMb.peak)} / ${Math.round(one.rssMb.after)} MB`,
        `${one.honest.requests}, ${one.honest.medianMs} / ${one.honest.p99Ms} ms`,
        violationsIn(one),
      ])
    const head = [
      'store',
      'responses to the attacker',
      'memory before / peak / after',
      'honest requests, median / 99 %',
      'violations',
    ]
    return `### ${name}\n\n${capital(what)}.\n\n${rows.length > 0 ? table(head, rows) : 'Not run.'}`
  })
  return ['## Hostile clients', ...sections].join('\n\n')
}

function soakSection(soaks: readonly SoakResult[]): string {
  const rows = soaks.flatMap((one) =>
    one.processes.map((its) => [
      one.store,
      `${one.minutes} min, ${one.requestsPerSecond}/s`,
      `${Math.round(its.cpuShare * 100)} %`,
      `${Math.round(its.rssStartMb)} → ${Math.round(its.rssEndMb)} MB, ${signed(its.rssSlope)} MB/h`,
      `${signed(its.heapSlope)} MB/h`,
      `${resources(its.before)} → ${resources(its.after)}`,
      `${its.listeners.before} → ${its.listeners.after}`,
      violationsIn(one),
    ]),
  )
  const head = [
    'store',
    'load',
    'of a core',
    'memory',
    'heap',
    'open before → after',
    'listeners',
    'violations',
  ]
  return `## Soak

### soak

The clocks of the providers run six times as fast, so that tokens expire and the purge has something to remove.
Nine of ten grants are revoked. The slopes are fitted by least squares to the memory after a garbage collection,
without the first third of the time.

${rows.length > 0 ? table(head, rows) : 'Not run.'}`
}

function violationsSection({ drills, hostile, soaks }: ResultFile): string {
  const all = [...drills, ...hostile, ...soaks].filter(({ violations }) => violations.length > 0)
  const lines = all.map((one) => {
    const texts = one.violations.map(
      ({ kind, text, entry }) => `${kind}: ${entry ? `${entry.operation}, ` : ''}${text}`,
    )
    return `- **${nameOf(one)}**, ${one.store}: ${shortened(texts).join('; ')}`
  })
  return `## Every violation

${lines.length > 0 ? lines.join('\n') : 'None.'}`
}

function notRunSection(_results: ResultFile): string {
  return `## What was not run, and why

${notRun.map(({ what, why }) => `- **${what}**: ${why}`).join('\n')}`
}

function versionsSection({ drills, hostile, soaks }: ResultFile): string {
  const all = [...drills, ...hostile, ...soaks]
  const versions = new Map(all.map(({ store, database }) => [store, database]))
  const dates = all.map(({ at }) => at.slice(0, 10)).toSorted()
  const loads = drills.map(({ machine }) => machine.loadAverage).toSorted((a, b) => a - b)
  const { cores } = drills[0]?.machine ?? { cores: 0 }
  return `## Versions and machine

${table(
  ['store', 'database'],
  [...versions].map(([store, database]) => [store, database]),
)}

Node ${process.version}, ${cores} cores; ${dates[0] ?? ''} to ${dates.at(-1) ?? ''}. During the drills ${(loads[0] ?? 0).toFixed(1)} to
${(loads.at(-1) ?? 0).toFixed(1)} processes ran or waited for a core, on average over a minute, including the databases and the clients.
`
}

function violationsIn({ violations }: Findings): string {
  const counts = new Map<string, number>()
  for (const { kind } of violations) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  return counts.size === 0 ? '0' : [...counts].map(([kind, n]) => `${n} ${kind}`).join(', ')
}

/** Merges equal texts, with their number. */
function shortened(texts: readonly string[]): string[] {
  const counts = new Map<string, number>()
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1)
  return [...counts]
    .slice(0, 8)
    .map(([text, n]) => (n === 1 ? text : `${text} (${n} times)`))
    .map((text) => text.split('\n')[0]!)
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}

function signed(value: number): string {
  return `${value < 0 ? '' : '+'}${value.toFixed(1)}`
}

function resources(found: Record<string, number>): string {
  return Object.entries(found)
    .map(([kind, n]) => `${n} ${kind}`)
    .join(', ')
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

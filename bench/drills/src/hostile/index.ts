import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Findings, absencesOf, findingsOf } from '../drill'
import { Fleet, type Load } from '../load/fleet'
import type { Entry } from '../log'
import type { Provider } from '../provider'
import { type Stage, limits, onStage } from '../stage'
import type { Target } from '../targets'
import type { Violation } from '../audit/violation'
import type { Attack } from './attacks'
import { wrong } from './rotate'

export { attacks } from './attacks'

const watchEveryMs = 200
/**
 * How long to wait after an attack until its connections are closed and its memory is freed, in
 * milliseconds.
 */
const quietMs = 8_000

/** The result of an attack. */
export interface HostileResult extends Findings {
  store: string
  attack: string
  database: string
  at: string
  seconds: number
  /** The outcomes of the attacker's requests. */
  outcomes: Record<string, number>
  /** The memory of the largest process: before, peak, and after. */
  rssMb: { before: number; peak: number; after: number }
  /**
   * How long honest clients waited during the attack, in milliseconds: the median and the 99th
   * percentile.
   */
  honest: { requests: number; medianMs: number; p99Ms: number }
}

/** Runs an attack on providers that serve honest clients. */
export async function withstand(
  target: Target,
  attack: Attack,
  load: Load,
  seconds: number,
): Promise<HostileResult> {
  const database = await target.open()
  try {
    return await onStage(target, database, {}, (stage) => underAttack(stage, attack, load, seconds))
  } finally {
    await database.close()
  }
}

async function underAttack(
  stage: Stage,
  attack: Attack,
  load: Load,
  seconds: number,
): Promise<HostileResult> {
  const { target, database, providers } = stage
  const origins = providers.map(({ origin }) => origin)
  await using fleet = await Fleet.start(origins, load)
  await sleep(2_000)
  const before = await mostOf(providers)
  const attacker = fork(path.join(__dirname, 'attacker.js'), [attack.name, ...origins])
  const from = performance.timeOrigin + performance.now()
  let peak = before
  while (performance.timeOrigin + performance.now() < from + seconds * 1000) {
    peak = Math.max(peak, await mostOf(providers))
    await sleep(watchEveryMs)
  }
  const to = performance.timeOrigin + performance.now()
  attacker.send('stop')
  const [outcomes] = (await once(attacker, 'message')) as [Record<string, number>]
  await fleet.stop()
  const entries = await fleet.finish()
  await sleep(quietMs)
  const looks = await Promise.all(providers.map((provider) => provider.look()))
  const findings = await findingsOf(stage, entries, {
    ...limits,
    broken: null,
    absences: absencesOf(providers),
    steps: [],
  })
  return {
    store: target.name,
    attack: attack.name,
    database: database.description,
    at: new Date().toISOString(),
    seconds,
    outcomes,
    rssMb: {
      before,
      peak,
      after: Math.max(...looks.map(({ rssBytes }) => rssBytes)) / 2 ** 20,
    },
    honest: waitedBetween(entries, from, to),
    ...findings,
    violations: [...findings.violations, ...wrongIn(outcomes)],
  }
}

/** Returns a violation for each outcome that the attacker must not get. */
function wrongIn(outcomes: Readonly<Record<string, number>>): Violation[] {
  const found = Object.keys(outcomes).filter((outcome) => outcome.startsWith(wrong))
  return found.map((outcome) => ({
    kind: outcome.includes('outlives') ? 'resurrected' : 'answer',
    text: `${outcome.slice(wrong.length)} (${outcomes[outcome]} times)`,
    entry: null,
  }))
}

/** Resolves with the memory of the largest process, in megabytes, as the system reports it. */
async function mostOf(providers: readonly Provider[]): Promise<number> {
  const sizes = await Promise.all(
    providers.map(async ({ pid }) => {
      const status = await readFile(`/proc/${pid}/status`, 'utf8')
      return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024
    }),
  )
  return Math.max(...sizes)
}

function waitedBetween(entries: readonly Entry[], from: number, to: number) {
  const waited = entries
    .filter(
      ({ start, operation }) =>
        start >= from && start < to && operation !== 'sign-in' && operation !== 'control',
    )
    .map(({ start, end }) => end - start)
    .toSorted((a, b) => a - b)
  const at = (share: number) => Math.round(waited[Math.floor(waited.length * share)] ?? 0)
  return { requests: waited.length, medianMs: at(0.5), p99Ms: at(0.99) }
}

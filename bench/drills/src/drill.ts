import { availableParallelism, loadavg } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { Accounts } from './accounts'
import { audit, grantsIn } from './audit/audit'
import type { Circumstances } from './audit/circumstances'
import { outageOf } from './audit/recovery'
import type { Violation } from './audit/violation'
import type { Fault, Scene } from './faults'
import { Fleet, type Load } from './load/fleet'
import type { Entry } from './log'
import type { Provider } from './provider'
import { type Stage, limits, onStage } from './stage'
import { lookUpTokens } from './standing'
import type { Target } from './targets'

/** The share of the load's duration that comes before the fault. The rest comes after it. */
const shareBefore = 0.25

/** The findings in a log. */
export interface Findings {
  requests: number
  grants: number
  /** The number of responses by operation and status. */
  answers: Record<string, number>
  /** The longest response time, without sign-ins, which hash a password. */
  slowestMs: number
  /** The longest time that a bare server took to answer. */
  machineMs: number
  violations: Violation[]
}

/** The result of a drill. */
export interface DrillResult extends Findings {
  store: string
  fault: string
  database: string
  /** When it ended, as an ISO date. */
  at: string
  seconds: number
  requestsPerSecond: number
  /**
   * The load average of the last minute (processes that ran or waited for a core), and the number
   * of cores.
   */
  machine: { loadAverage: number; cores: number }
  /** Requests for which the service was unavailable. */
  failed: number
  brokenForMs: number
  backAfterMs: number
  /** Counters of the database that describe the fault, as text. */
  counted?: string
}

/** Runs providers on a database under load, breaks something, and audits the responses. */
export async function drill(
  target: Target,
  fault: Fault,
  load: Load,
  seconds: number,
): Promise<DrillResult> {
  const database = await target.open()
  try {
    const { environment } = fault
    const wire = fault.needs.includes('wire')
    return await onStage(target, database, { wire, environment }, (stage) =>
      underLoad(stage, fault, load, seconds),
    )
  } finally {
    await database.close()
  }
}

async function underLoad(
  stage: Stage,
  fault: Fault,
  load: Load,
  seconds: number,
): Promise<DrillResult> {
  const { target, database, providers } = stage
  const steps: Circumstances['steps'] = []
  await using accounts = fault.accounts
    ? await Accounts.open(stage.direct, fault.accounts)
    : undefined
  await using fleet = await Fleet.start(
    providers.map(({ origin }) => origin),
    { ...load, accounts: accounts?.all },
  )
  const scene: Scene = {
    ...stage,
    stepped: (provider, aheadMs) => void steps.push({ provider, aheadMs, from: Date.now() }),
    accounts: accounts?.all ?? [],
    change: async (...change) => fleet.change(await accounts!.change(...change)),
  }
  await sleep(seconds * 1000 * shareBefore)
  if (fault.holdsCodes) await fleet.getCodes()
  const from = Date.now()
  await fault.break(scene)
  if (fault.holdsCodes) await fleet.useCodes()
  await sleep(fault.lastsMs)
  await fault.fix(scene)
  const to = Date.now()
  await sleep(seconds * 1000 * (1 - shareBefore))
  await fleet.stop()
  const entries = await fleet.finish()
  const circumstances: Circumstances = {
    ...limits,
    broken: fault.name === 'none' ? null : { from, to },
    absences: absencesOf(providers),
    steps,
    changes: accounts?.changes,
  }
  return {
    store: target.name,
    fault: fault.name,
    database: database.description,
    at: new Date().toISOString(),
    seconds,
    requestsPerSecond: load.requestsPerSecond,
    machine: { loadAverage: loadavg()[0]!, cores: availableParallelism() },
    ...outageOf(entries, circumstances.broken?.to ?? null),
    brokenForMs: to - from,
    ...(database.counted && { counted: await database.counted() }),
    ...(await findingsOf(stage, entries, circumstances)),
  }
}

/** Audits the log, after looking up its tokens in the database. */
export async function findingsOf(
  { target, providers, direct }: Stage,
  entries: readonly Entry[],
  circumstances: Circumstances,
): Promise<Findings> {
  const requests = entries.filter(({ operation }) => operation !== 'control')
  // Without a grant, nothing was tested.
  if (grantsIn(entries).length === 0) throw new Error('The clients got no grant to audit')
  const lookups = target.providers > 1 ? await lookUpTokens(entries, direct) : []
  return {
    requests: requests.length,
    grants: grantsIn(entries).length,
    answers: countsOf(entries),
    slowestMs: slowestOf(requests.filter(({ operation }) => operation !== 'sign-in')),
    machineMs: slowestOf(entries.filter(({ operation }) => operation === 'control')),
    violations: [...crashesOf(providers), ...audit([...entries, ...lookups], circumstances)],
  }
}

/** Returns the periods during which each provider was not running. */
export function absencesOf(providers: readonly Provider[]): Circumstances['absences'] {
  return providers.flatMap(({ absences }, provider) =>
    absences.map((away) => ({ provider, ...away })),
  )
}

function slowestOf(entries: readonly Entry[]): number {
  return Math.round(entries.reduce((most, { start, end }) => Math.max(most, end - start), 0))
}

function countsOf(entries: readonly Entry[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { operation, status, error } of entries) {
    if (operation === 'control') continue
    const what = `${operation} ${status}${error === null ? '' : ` ${error}`}`
    counts[what] = (counts[what] ?? 0) + 1
  }
  return counts
}

function crashesOf(providers: readonly Provider[]): Violation[] {
  return providers.flatMap(({ crash }) =>
    crash === null ? [] : [{ kind: 'crash' as const, text: crash, entry: null }],
  )
}

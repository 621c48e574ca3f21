import { setTimeout as sleep } from 'node:timers/promises'
import { type Wire, openWire } from '@oauth2-kit/conformance'
import { audit, familiesIn } from './audit/audit'
import type { Circumstances } from './audit/circumstances'
import { outageOf } from './audit/recovery'
import type { Violation } from './audit/violation'
import type { Database } from './databases/database'
import type { Fault } from './faults'
import { Fleet, type Load } from './load/fleet'
import type { Entry } from './log'
import { Provider, makeTables } from './provider'
import { lookForAll } from './standing'
import type { Target } from './targets'

/** As the core's and the provider's defaults have it. */
const limits = { deadlineMs: 5_000, graceMs: 10_000 }
const issuer = 'http://localhost:4001'
/** What comes before the fault is a third of what comes after it. */
const shareBefore = 0.25

/** What was seen in one drill. */
export interface DrillResult {
  store: string
  fault: string
  database: string
  seconds: number
  requests: number
  grants: number
  /** Answers by operation and status. */
  answers: Record<string, number>
  /** Requests that found no service. */
  failed: number
  brokenForMs: number
  backAfterMs: number
  slowestMs: number
  violations: Violation[]
}

/** Runs providers on a database under load, breaks something, and audits what the clients were told. */
export async function drill(
  target: Target,
  fault: Fault,
  load: Load,
  seconds: number,
): Promise<DrillResult | null> {
  const database = await target.open()
  let wire: Wire | null = null
  const providers: Provider[] = []
  try {
    if (!fault.appliesTo(target, database)) return null
    wire = fault.onWire ? await openWire(database.url(0)) : null
    const environments = Array.from({ length: target.providers }, (_, n) => ({
      ISSUER: issuer,
      ...target.environment,
      ...fault.environment,
      DATABASE_URL: wire?.url ?? database.url(n),
    }))
    const direct = { ...environments[0], DATABASE_URL: database.url(0) }
    if (target.environment.STORE === 'prisma') await makeTables(direct)
    for (const environment of environments) {
      // oxlint-disable-next-line no-await-in-loop -- the first one makes the tables
      providers.push(await Provider.start(environment))
    }
    return await underLoad({ target, fault, load, seconds, database, wire, providers }, direct)
  } finally {
    await Promise.all(providers.map((provider) => provider.stop()))
    await wire?.close()
    await database.close()
  }
}

interface Setting {
  target: Target
  fault: Fault
  load: Load
  seconds: number
  database: Database
  wire: Wire | null
  providers: Provider[]
}

async function underLoad(
  { target, fault, load, seconds, database, wire, providers }: Setting,
  environment: Record<string, string>,
): Promise<DrillResult> {
  const steps: Circumstances['steps'] = []
  const scene = {
    database,
    providers,
    wire,
    stepped: (provider: number, aheadMs: number) =>
      void steps.push({ provider, aheadMs, from: Date.now() }),
  }
  await using fleet = await Fleet.start(
    providers.map(({ origin }) => origin),
    load,
  )
  await sleep(seconds * 1000 * shareBefore)
  const from = Date.now()
  await fault.break(scene)
  await sleep(fault.lastsMs)
  await fault.mend(scene)
  const to = Date.now()
  await sleep(seconds * 1000 * (1 - shareBefore))
  await fleet.stop()
  const asked = await fleet.finish()
  const looked = target.providers > 1 ? await lookForAll(asked, environment) : []

  const circumstances: Circumstances = {
    ...limits,
    broken: fault.name === 'none' ? null : { from, to },
    absences: providers.flatMap(({ absences }, provider) =>
      absences.map((away) => ({ provider, ...away })),
    ),
    steps,
  }
  return {
    store: target.name,
    fault: fault.name,
    database: database.description,
    seconds,
    requests: asked.length,
    grants: familiesIn(asked).length,
    answers: countsOf(asked),
    ...outageOf(asked, circumstances.broken?.to ?? null),
    brokenForMs: to - from,
    slowestMs: Math.round(Math.max(...asked.map(({ start, end }) => end - start))),
    violations: [...crashesOf(providers), ...audit([...asked, ...looked], circumstances)],
  }
}

function countsOf(entries: readonly Entry[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { operation, status, error } of entries) {
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

import { setTimeout as sleep } from 'node:timers/promises'
import { type Findings, absencesOf, findingsOf } from './drill'
import type { Look } from './inside'
import { Fleet, type Load } from './load/fleet'
import { type Stage, limits, onStage } from './stage'
import type { Target } from './targets'

/**
 * How many times as fast the clocks of the providers run, so that the purge has something to
 * remove.
 */
const clockRate = 6
const sampleEveryMs = 20_000
/** Samples before this share of the time belong to the warm-up: compiled code, filled caches. */
const warmUpShare = 1 / 3
/** How long the connections of clients take to close, in milliseconds. */
const quietMs = 8_000

/** The resources of a provider process at one time. */
interface Sample extends Look {
  minutes: number
}

/** The result for one provider process. */
export interface SoakedProcess {
  /** Its share of one core. */
  cpuShare: number
  rssStartMb: number
  rssEndMb: number
  /** The slope in megabytes per hour, by least squares, without the first third of the time. */
  rssSlope: number
  heapSlope: number
  /** Resources before and after the load, by kind. */
  before: Record<string, number>
  after: Record<string, number>
  listeners: { before: number; after: number }
}

/** The result of a soak. */
export interface SoakResult extends Findings {
  store: string
  database: string
  at: string
  minutes: number
  requestsPerSecond: number
  clockRate: number
  processes: SoakedProcess[]
}

/** Keeps providers under load for a long time, while the purge runs. */
export async function soak(target: Target, load: Load, minutes: number): Promise<SoakResult> {
  const database = await target.open()
  const environment = {
    DRILL_CLOCK_RATE: String(clockRate),
    DRILL_CLOCK_ANCHOR: String(Date.now()),
  }
  try {
    return await onStage(target, database, { environment }, (stage) =>
      underLoad(stage, load, minutes),
    )
  } finally {
    await database.close()
  }
}

async function underLoad(stage: Stage, load: Load, minutes: number): Promise<SoakResult> {
  const { target, database, providers } = stage
  const before = await Promise.all(providers.map((provider) => provider.look()))
  await using fleet = await Fleet.start(
    providers.map(({ origin }) => origin),
    { ...load, endsGrants: true },
  )
  const samples: Sample[][] = providers.map(() => [])
  const began = Date.now()
  const end = began + minutes * 60_000
  while (Date.now() < end) {
    await sleep(Math.min(sampleEveryMs, end - Date.now()))
    for (const [n, provider] of providers.entries()) {
      const look = await provider.look()
      samples[n]!.push({ ...look, minutes: (Date.now() - began) / 60_000 })
    }
  }
  await fleet.stop()
  const entries = await fleet.finish()
  await sleep(quietMs)
  const after = await Promise.all(providers.map((provider) => provider.look()))
  const findings = await findingsOf(stage, entries, {
    deadlineMs: limits.deadlineMs,
    graceMs: limits.graceMs / clockRate,
    clockRate,
    broken: null,
    absences: absencesOf(providers),
    steps: [],
  })
  return {
    store: target.name,
    database: database.description,
    at: new Date().toISOString(),
    minutes,
    requestsPerSecond: load.requestsPerSecond,
    clockRate,
    processes: samples.map((its, n) => processOf(its, before[n]!, after[n]!)),
    ...findings,
  }
}

function processOf(samples: readonly Sample[], before: Look, after: Look): SoakedProcess {
  const warm = samples.slice(Math.floor(samples.length * warmUpShare))
  const [first, last] = [warm[0] ?? samples[0]!, samples.at(-1)!]
  const seconds = (last.minutes - samples[0]!.minutes) * 60
  return {
    cpuShare: (last.cpuSeconds - samples[0]!.cpuSeconds) / Math.max(seconds, 1),
    rssStartMb: first.rssBytes / 2 ** 20,
    rssEndMb: last.rssBytes / 2 ** 20,
    rssSlope: slopePerHour(warm, ({ rssBytes }) => rssBytes),
    heapSlope: slopePerHour(warm, ({ heapBytes }) => heapBytes),
    before: before.resources,
    after: after.resources,
    listeners: { before: before.listeners, after: after.listeners },
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, one) => sum + one, 0) / values.length
}

/** Returns the slope by least squares, in megabytes per hour. */
function slopePerHour(samples: readonly Sample[], bytes: (sample: Sample) => number): number {
  const points = samples.map((sample) => ({ x: sample.minutes / 60, y: bytes(sample) / 2 ** 20 }))
  const [x, y] = [mean(points.map((point) => point.x)), mean(points.map((point) => point.y))]
  const over = points.reduce((sum, point) => sum + (point.x - x) * (point.y - y), 0)
  const under = points.reduce((sum, point) => sum + (point.x - x) ** 2, 0)
  return under === 0 ? 0 : over / under
}

import { effort } from '../effort'
import type { Benchmark, Result, Target } from '../result'
import { shuffled } from '../rounds'
import { summarise } from '../statistics'
import { atRest } from './at-rest'
import { type Contestant, withContestants } from './contestant'
import { type Load, openLoad, race } from './load'
import {
  type Database,
  type Workload,
  connections,
  databaseNames,
  databases,
  workloads,
} from './setup'

/** Requests of a turn. MongoDB takes longer for each. */
const requestsOn: Record<Database, number> = { postgres: 500, mongodb: 200, redis: 500 }
/** Grants whose refresh tokens are refreshed in turn. */
const grants = 200
const callers = 50

/** Whole servers on real databases, beside a peer with a model as its documentation shows. */
export const endToEnd: Benchmark[] = [
  ...databases.map((database) => ({
    name: `end-to-end-${database}`,
    run: () => compared(database),
  })),
  atRest,
]

function compared(database: Database): Promise<Result[]> {
  return withContestants(database, async (all) => {
    const results: Result[] = []
    for (const workload of Object.keys(workloads) as Workload[])
      results.push(await measured(all, database, workload))
    return [...results, await raced(all, database)]
  })
}

/** What a turn took, for each request. */
interface Turn {
  rate: number
  server: number
  database: number
}

async function measured(
  all: readonly Contestant[],
  database: Database,
  workload: Workload,
): Promise<Result> {
  const { rounds } = effort()
  const requests = requestsOn[database]
  const turns = new Map<string, Turn[]>(all.map(({ label }) => [label, []]))
  const loads = new Map<string, { load: Load; pool: string[] }>()
  for (const one of all) {
    const count = workload === 'bearer' ? connections : grants
    const pool =
      workload === 'code' ? [] : await one.ask<string[]>({ ask: 'prepare', workload, count })
    loads.set(one.label, {
      load: await openLoad(one.started, workload, pool, workload === 'refresh' ? pool : undefined),
      pool,
    })
  }
  // The first rounds compile the code and fill the caches.
  for (let round = -2; round < rounds; round++) {
    for (const one of shuffled(all)) {
      const { load, pool } = loads.get(one.label)!
      if (workload === 'code')
        pool.push(...(await one.ask<string[]>({ ask: 'prepare', workload, count: requests })))
      const turn = await timed(one, load, requests)
      if (round >= 0) turns.get(one.label)!.push(turn)
    }
  }
  const lean = turns.get('@node-oauth/oauth2-server, lean')!
  return {
    title: `${workloads[workload]} on ${databaseNames[database]}, end to end`,
    columns: {
      'requests/s': 0,
      'server, µs': 0,
      'database, µs': 0,
      'requests/s × lean': 2,
      'server × lean': 2,
      'database × lean': 2,
    },
    rows: all.map(({ label }) => {
      const own = turns.get(label)!
      const middle = (part: keyof Turn) => summarise(own.map((turn) => turn[part])).median
      const ratio = (part: keyof Turn) =>
        summarise(own.map((turn, at) => turn[part] / lean[at]![part])).median
      return {
        label,
        values: {
          'requests/s': middle('rate'),
          'server, µs': middle('server'),
          'database, µs': middle('database'),
          'requests/s × lean': ratio('rate'),
          'server × lean': ratio('server'),
          'database × lean': ratio('database'),
        },
        target: label === 'oauth2-kit' ? targets[database]?.[workload] : undefined,
      }
    }),
  }
}

const targets: Partial<Record<Database, Partial<Record<Workload, Target>>>> = {
  postgres: {
    refresh: { column: 'database × lean', atMost: 1 },
    'client-credentials': { column: 'database × lean', atMost: 1.1 },
  },
  mongodb: { refresh: { column: 'requests/s × lean', atLeast: 1 } },
  redis: {
    'client-credentials': { column: 'database × lean', atMost: 1.5 },
    code: { column: 'database × lean', atMost: 1.5 },
    refresh: { column: 'database × lean', atMost: 1.5 },
  },
}

async function timed({ database, ask }: Contestant, load: Load, requests: number): Promise<Turn> {
  const before = [await ask<number>({ ask: 'cpu' }), await database.cpu()] as const
  const seconds = await load.send(requests)
  const after = [await ask<number>({ ask: 'cpu' }), await database.cpu()] as const
  return {
    rate: requests / seconds,
    server: (after[0] - before[0]) / requests,
    database: (after[1] - before[1]) / requests,
  }
}

/** How many different tokens callers get who send the same form at the same time. */
async function raced(all: readonly Contestant[], database: Database): Promise<Result> {
  const columns = { 'one code': 0, 'one refresh token': 0 }
  const rows = []
  for (const { label, started, ask } of all) {
    const counts: number[] = []
    for (const workload of ['code', 'refresh'] as const) {
      const [form] = await ask<string[]>({ ask: 'prepare', workload, count: 1 })
      counts.push((await race(started, form!, callers)).size)
    }
    rows.push({
      label,
      values: { 'one code': counts[0], 'one refresh token': counts[1] },
      target: label === 'oauth2-kit' ? { column: 'one refresh token', atMost: 1 } : undefined,
    })
  }
  return {
    title: `Tokens that ${callers} callers at once get for … on ${databaseNames[database]}`,
    columns,
    rows,
  }
}

import { join } from 'node:path'
import { type Benchmark, type Result, type Row, spread } from '../result'
import { interleaved } from '../rounds'
import { type Summary, summarise } from '../statistics'
import { type Worker, startWorker } from '../worker'
import type { Footprint, Question } from './questions'

const sizes = [1000, 10_000, 100_000, 1_000_000]
const most = sizes.at(-1)!
const rounds = { warmUp: 5, measured: 20 }

interface Finds {
  size: number
  store: Summary
  map: Summary
}

/** The cost of a million live access tokens. */
export const memory: Benchmark = {
  name: 'memory',
  async run() {
    const [store, map] = ['memoryStore', 'plain Map'].map((name) =>
      startWorker(join(__dirname, 'worker.js'), [name]),
    ) as [Worker, Worker]
    const empty = await footprintOf(store, { do: 'fill', upTo: 0 })
    const finds: Finds[] = []
    let full = empty
    for (const upTo of sizes) {
      full = await footprintOf(store, { do: 'fill', upTo })
      await footprintOf(map, { do: 'fill', upTo })
      finds.push(await findsOf(store, map, upTo))
    }
    const expired = await footprintOf(store, { do: 'expire' })
    store.end()
    map.end()
    return [footprints(empty, full, expired), lookups(finds)]
  },
}

function footprintOf(worker: Worker, question: Question): Promise<Footprint> {
  return worker.ask(question)
}

function finder(worker: Worker): () => Promise<number> {
  return () => worker.ask<number>({ do: 'find' } satisfies Question)
}

async function findsOf(store: Worker, map: Worker, size: number): Promise<Finds> {
  const samples = await interleaved({ store: finder(store), map: finder(map) }, rounds)
  return { size, store: summarise(samples.store), map: summarise(samples.map) }
}

function footprints(empty: Footprint, full: Footprint, expired: Footprint): Result {
  const kept = (expired.heapUsed - empty.heapUsed) / (full.heapUsed - empty.heapUsed)
  const share = 'heap kept, %'
  const row = (label: string, { rss, heapUsed }: Footprint, kept?: number): Row => ({
    label,
    values: { RSS: rss / 1e6, heap: heapUsed / 1e6, [share]: kept },
  })
  return {
    title: 'memoryStore: MB after a garbage collection',
    columns: { RSS: 0, heap: 0, [share]: 1 },
    rows: [
      row('empty', empty),
      {
        ...row(`${most.toLocaleString('en')} live access tokens`, full),
        target: { column: 'RSS', atMost: 600 },
      },
      {
        ...row('all of them expired and purged', expired, Math.max(0, kept * 100)),
        target: { column: share, atMost: 5 },
      },
    ],
  }
}

function lookups(finds: readonly Finds[]): Result {
  const ratio = '× plain Map'
  return {
    title: 'memoryStore: CPU ns to find one access token',
    columns: {
      median: 0,
      'lower quartile': 0,
      'upper quartile': 0,
      'plain Map': 0,
      [ratio]: 2,
    },
    rows: finds.map(({ size, store, map }) => ({
      label: `among ${size.toLocaleString('en')}`,
      values: {
        ...spread(store),
        'plain Map': map.median,
        [ratio]: store.median / map.median,
      },
      target: { column: ratio, atMost: 2 },
    })),
  }
}

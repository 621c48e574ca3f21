import { join } from 'node:path'
import { effort } from '../effort'
import type { Benchmark, Row } from '../result'
import { interleaved } from '../rounds'
import { median, summarise } from '../statistics'
import { type Worker, startWorker } from '../worker'
import type { Way } from './trick'
import { type TrickName, tricks } from './tricks'

const rounds = { warmUp: 1, measured: 16 }
// Fewer than over HTTP, so that all tricks together take less than a minute.
const mostLaunches = 3
const script = join(__dirname, 'worker.js')
const ratio = '× plain'

/** CPU time of each trick for speed in the core, compared with the plain code in its place. */
export const speedTricks: Benchmark = {
  name: 'tricks',
  perNode: true,
  async run() {
    const rows: Row[] = []
    for (const name of Object.keys(tricks) as TrickName[]) rows.push(await measure(name))
    return [
      {
        title: 'Tricks for speed, in process: CPU ns a call',
        columns: {
          plain: 0,
          'with it': 0,
          [ratio]: 3,
          'lower quartile': 3,
          'upper quartile': 3,
        },
        rows,
      },
    ]
  },
}

async function measure(name: TrickName): Promise<Row> {
  const plain: number[] = []
  const trick: number[] = []
  for (let launch = 0; launch < Math.min(effort().launches, mostLaunches); launch++) {
    const found = await launched(name)
    plain.push(...found.plain)
    trick.push(...found.trick)
  }
  // Both samples of a round had the same disturbances.
  const ratios = summarise(trick.map((sample, round) => sample / plain[round]!))
  return {
    label: name,
    values: {
      plain: median(plain),
      'with it': median(trick),
      [ratio]: ratios.median,
      'lower quartile': ratios.lowerQuartile,
      'upper quartile': ratios.upperQuartile,
    },
  }
}

/** Takes samples of both ways in turns. Each launch starts new processes, as over HTTP. */
async function launched(name: TrickName): Promise<Record<Way, number[]>> {
  const [plain, trick] = ['plain', 'trick'].map((way) => startWorker(script, [name, way])) as [
    Worker,
    Worker,
  ]
  // They may warm up at the same time.
  await Promise.all([sample(plain), sample(trick)])
  const found = await interleaved(
    { plain: () => sample(plain), trick: () => sample(trick) },
    rounds,
  )
  plain.end()
  trick.end()
  return found
}

function sample(worker: Worker): Promise<number> {
  return worker.ask('sample')
}

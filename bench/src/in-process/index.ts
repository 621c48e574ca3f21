import { join } from 'node:path'
import type { ContenderName } from '../contenders'
import type { Benchmark, Target } from '../result'
import { spread } from '../result'
import { interleaved } from '../rounds'
import { summarise } from '../statistics'
import { startWorker } from '../worker'
import { type WorkName, works } from './work'

// Many short rounds, so that a disturbance affects neighbouring rounds equally.
const rounds = { warmUp: 25, measured: 75 }
const reference: ContenderName = 'oauth2-server 2.4.1'
const ratio = '× 2.4.1'
const names: readonly ContenderName[] = [
  reference,
  '@node-oauth/oauth2-server',
  'oauth2-kit on a callback model',
  'oauth2-kit on memoryStore',
]

const targets: Partial<Record<WorkName, Partial<Record<ContenderName, Target>>>> = {
  authorise: {
    'oauth2-kit on a callback model': { column: ratio, atMost: 2 },
    'oauth2-kit on memoryStore': { column: ratio, atMost: 4 },
  },
  'client-credentials': {
    'oauth2-kit on a callback model': { column: ratio, atMost: 0.6 },
    'oauth2-kit on memoryStore': { column: ratio, atMost: 0.6 },
  },
}

/** CPU time without a network: only the libraries' own work. */
export const inProcess: Benchmark[] = (Object.keys(works) as WorkName[]).map((name) => ({
  name,
  run: async () => [await measure(name)],
}))

async function measure(work: WorkName) {
  const script = join(__dirname, 'worker.js')
  const workers = names.map((name) => startWorker(script, [name, work]))
  const samplers = Object.fromEntries(
    workers.map((worker, at) => [names[at], () => worker.ask<number>('round')]),
  ) as Record<ContenderName, () => Promise<number>>
  const samples = await interleaved(samplers, rounds)
  for (const worker of workers) worker.end()

  return {
    title: `${works[work].title}: CPU µs a request`,
    columns: { median: 2, 'lower quartile': 2, 'upper quartile': 2, [ratio]: 2 },
    rows: names.map((name) => {
      const ratios = samples[name].map((sample, round) => sample / samples[reference][round]!)
      return {
        label: name,
        values: { ...spread(summarise(samples[name])), [ratio]: summarise(ratios).median },
        target: targets[work]?.[name],
      }
    }),
  }
}

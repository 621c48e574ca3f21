import { join } from 'node:path'
import type { ContenderName } from '../contenders'
import type { Benchmark } from '../result'
import { spread } from '../result'
import { interleaved } from '../rounds'
import { summarise } from '../statistics'
import { startWorker } from '../worker'
import { type WorkName, works } from './work'

// Many short rounds, so that a disturbance affects neighbouring rounds equally.
const rounds = { warmUp: 25, measured: 75 }

/** The contenders of a task, and the one whose time counts as 1. */
interface Comparison {
  names: readonly ContenderName[]
  reference: ContenderName
  /** The column with the ratio. */
  ratio: string
  /** The highest ratio that is the target. */
  atMost?: Partial<Record<ContenderName, number>>
}

const withLibraries: Comparison = {
  names: [
    'oauth2-server 2.4.1',
    '@node-oauth/oauth2-server',
    'oauth2-kit on a callback model',
    'oauth2-kit on memoryStore',
  ],
  reference: 'oauth2-server 2.4.1',
  ratio: '× 2.4.1',
}
const withJose = (atMost: number): Comparison => ({
  names: ['jose alone', 'oauth2-kit, signed tokens'],
  reference: 'jose alone',
  ratio: '× jose',
  atMost: { 'oauth2-kit, signed tokens': atMost },
})

const comparisons: Record<WorkName, Comparison> = {
  authorise: {
    ...withLibraries,
    atMost: { 'oauth2-kit on a callback model': 2, 'oauth2-kit on memoryStore': 4 },
  },
  'client-credentials': {
    ...withLibraries,
    atMost: { 'oauth2-kit on a callback model': 0.6, 'oauth2-kit on memoryStore': 0.6 },
  },
  code: withLibraries,
  refresh: withLibraries,
  'signed-authorise': withJose(1.2),
  'signed-client-credentials': withJose(1.3),
}

/** CPU time without a network: only the libraries' own work. */
export const inProcess: Benchmark[] = (Object.keys(works) as WorkName[]).map((name) => ({
  name,
  run: async () => [await measure(name)],
}))

async function measure(work: WorkName) {
  const { names, reference, ratio, atMost = {} } = comparisons[work]
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
      const target = atMost[name]
      return {
        label: name,
        values: { ...spread(summarise(samples[name])), [ratio]: summarise(ratios).median },
        target: target === undefined ? undefined : { column: ratio, atMost: target },
      }
    }),
  }
}

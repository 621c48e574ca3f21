import { join } from 'node:path'
import { type Benchmark, type Result, spread } from '../result'
import { type Sample, interleaved } from '../rounds'
import { summarise } from '../statistics'
import { type Worker, startWorker } from '../worker'
import { loader } from './load'
import { type Entry, createServerServers, nodeServers, overBare, ratio, servers } from './servers'
import type { Endpoint, Listening } from './setup'

// Short turns and many: what disturbs one of them disturbs its neighbours as well.
const rounds = { warmUp: 2, measured: 32 }
const requests = 500
const warmUpRequests = 4000

/** CPU time of a server over HTTP, on Express 5 and on bare node:http. */
export const overHttp: Benchmark[] = [
  { name: 'http-authorise', run: async () => [await measure('Bearer check', 'resource')] },
  {
    name: 'http-client-credentials',
    run: async () => [await measure('Client-credentials grant', 'token')],
  },
  { name: 'node-authorise', run: () => measureOnNode('Bearer check', 'resource') },
  {
    name: 'node-client-credentials',
    run: () => measureOnNode('Client-credentials grant', 'token'),
  },
  {
    name: 'create-server',
    run: async () => [
      await measureOver('A bare route, over HTTP on Express 5', 'resource', createServerServers),
    ],
  },
]

async function measure(what: string, endpoint: Endpoint): Promise<Result> {
  const { reference, entries } = servers[endpoint]
  const samples = await sampled(endpoint, entries)
  const adds = (label: string) => {
    const bare = entries[label]?.bare
    if (bare === undefined) return undefined
    return summarise(samples[label]!.map((sample, at) => sample - samples[bare]![at]!))
  }
  const base = adds(reference)!.median
  return {
    title: `${what}, over HTTP on Express 5: CPU µs a request of the server`,
    columns: {
      median: 1,
      'lower quartile': 1,
      'upper quartile': 1,
      adds: 1,
      'lower quartile ': 1,
      'upper quartile ': 1,
      [ratio]: 2,
    },
    rows: Object.entries(entries).map(([label, { target }]) => {
      const added = adds(label)
      return {
        label,
        values: {
          ...spread(summarise(samples[label]!)),
          adds: added?.median,
          'lower quartile ': added?.lowerQuartile,
          'upper quartile ': added?.upperQuartile,
          [ratio]: added && added.median / base,
        },
        target,
      }
    }),
  }
}

async function measureOnNode(what: string, endpoint: Endpoint): Promise<Result[]> {
  const title = `${what}, over HTTP on bare node:http`
  return [await measureOver(title, endpoint, nodeServers[endpoint])]
}

/** What each server takes over the bare one. */
async function measureOver(
  title: string,
  endpoint: Endpoint,
  entries: Record<string, Entry>,
): Promise<Result> {
  const samples = await sampled(endpoint, entries)
  const median = (label: string) => summarise(samples[label]!).median
  return {
    title: `${title}: CPU µs a request of the server`,
    columns: { median: 1, 'lower quartile': 1, 'upper quartile': 1, [overBare]: 2 },
    rows: Object.entries(entries).map(([label, { bare, target }]) => ({
      label,
      values: {
        ...spread(summarise(samples[label]!)),
        [overBare]: bare === undefined ? undefined : median(label) / median(bare),
      },
      target,
    })),
  }
}

async function sampled(
  endpoint: Endpoint,
  entries: Record<string, Entry>,
): Promise<Record<string, number[]>> {
  const workers: Worker[] = []
  const samplers: Record<string, Sample> = {}
  for (const [label, setup] of Object.entries(entries)) {
    const worker = startWorker(join(__dirname, 'server.js'), [endpoint, JSON.stringify(setup)])
    workers.push(worker)
    // oxlint-disable-next-line no-await-in-loop -- it isn't measured
    const load = loader(await worker.ask<Listening>('start'))
    // oxlint-disable-next-line no-await-in-loop -- until everything is compiled
    await load(warmUpRequests)
    samplers[label] = async () => {
      const before = await worker.ask<number>('cpu')
      await load(requests)
      return ((await worker.ask<number>('cpu')) - before) / requests
    }
  }
  const samples = await interleaved(samplers, rounds)
  for (const worker of workers) worker.end()
  return samples
}

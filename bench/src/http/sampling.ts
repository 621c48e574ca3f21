import { join } from 'node:path'
import { effort } from '../effort'
import { shuffled } from '../rounds'
import { mean } from '../statistics'
import { type Worker, startWorker } from '../worker'
import { loader } from './load'
import type { Endpoint, Listening, Question, Setup } from './setup'
import type { Visit } from './turns'

/** CPU microseconds per request, by launch and round. */
export interface Samples {
  bare: number[][]
  /** Empty if there is no library. */
  library: number[][]
  /** The difference between the library and the bare route. */
  adds: number[][]
}

const requests = 2000
const warmUpRequests = 5000

/**
 * Samples every server and its bare route. Each launch restarts all servers, because no two
 * processes compile the same code in the same way. Each round visits all of them in random order,
 * and during a visit the bare route and the library take turns.
 */
export async function sampled(
  endpoint: Endpoint,
  setups: Readonly<Record<string, Setup>>,
): Promise<Record<string, Samples>> {
  const { launches, rounds } = effort()
  const samples: Record<string, Samples> = {}
  for (const label of Object.keys(setups)) samples[label] = { bare: [], library: [], adds: [] }
  for (let launch = 0; launch < launches; launch++) {
    const servers: Server[] = []
    for (const [label, setup] of Object.entries(setups)) {
      servers.push(await startServer(endpoint, label, setup))
      for (const found of Object.values(samples[label]!) as number[][][]) found.push([])
    }
    for (let round = 0; round < rounds; round++) {
      for (const { label, visit } of shuffled(servers)) {
        const { bare, library } = await visit(requests)
        // The mean and not the median: a garbage collection happens in about one block of ten, and
        // it is part of the cost of the code that produces the garbage.
        samples[label]!.bare[launch]!.push(mean(bare))
        if (library.length === 0) continue
        samples[label]!.library[launch]!.push(mean(library))
        samples[label]!.adds[launch]!.push(mean(library) - mean(bare))
      }
    }
    for (const { worker } of servers) worker.end()
    console.error(`Launch ${launch + 1} of ${launches} is done`)
  }
  return samples
}

interface Server {
  label: string
  worker: Worker
  visit: (requests: number) => Promise<Visit>
}

async function startServer(endpoint: Endpoint, label: string, setup: Setup): Promise<Server> {
  const worker = startWorker(join(__dirname, 'server.js'), [endpoint, JSON.stringify(setup)])
  const ask = <T>(question: Question) => worker.ask<T>(question)
  const load = await loader(endpoint, await ask<Listening>('start'))
  // Until all code is compiled.
  await load(warmUpRequests)
  return {
    label,
    worker,
    async visit(count) {
      await ask('begin')
      await load(count)
      return ask<Visit>('end')
    },
  }
}

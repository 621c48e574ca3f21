import { isSlowWithNewPrototypes } from '../../../core/dist/frameworks/create-server'
import type { Benchmark, Result } from '../result'
import { type Estimate, estimates, median } from '../statistics'
import { type Samples, sampled } from './sampling'
import {
  type Entries,
  expressServers,
  joseAlone,
  nodeServers,
  overBest,
  overJose,
  overOld,
  references,
  signedServers,
} from './servers'
import type { Endpoint } from './setup'

const titles: Record<Endpoint, string> = {
  resource: 'Bearer check',
  token: 'Client-credentials grant',
  refresh: 'Refresh grant',
}
const names: Record<Endpoint, string> = {
  resource: 'authorise',
  token: 'client-credentials',
  refresh: 'refresh',
}
const endpoints = Object.keys(titles) as Endpoint[]

/** The CPU time of a server over HTTP, on Express 5 and on bare node:http. */
export const overHttp: Benchmark[] = [
  ...endpoints.map((endpoint) => ({
    name: `http-${names[endpoint]}`,
    run: async () => [await onExpress(endpoint)],
  })),
  ...endpoints.map((endpoint) => ({
    name: `node-${names[endpoint]}`,
    run: async () => [await onNode(endpoint)],
  })),
  { name: 'node-signed-authorise', run: async () => [await withSigned('resource', 1.2)] },
  { name: 'node-signed-client-credentials', run: async () => [await withSigned('token', 1.3)] },
  { name: 'create-server', perNode: true, run: async () => [await quickly()] },
]

async function onExpress(endpoint: Endpoint): Promise<Result> {
  const place = endpoint === 'resource' ? 'resource' : 'token'
  const entries = expressServers[place](endpoint === 'refresh' ? 1 : 0.75)
  return tableOf(
    `${titles[endpoint]}, over HTTP on Express 5`,
    entries,
    await sampled(endpoint, entries),
    { column: overOld, reference: () => references[place] },
  )
}

async function onNode(endpoint: Endpoint): Promise<Result> {
  return tableOf(
    `${titles[endpoint]}, over HTTP on bare node:http`,
    nodeServers,
    await sampled(endpoint, nodeServers),
    { column: overBest, reference: leastOfPeers },
  )
}

async function withSigned(endpoint: Endpoint, atMost: number): Promise<Result> {
  const entries = signedServers(atMost)
  return tableOf(
    `${titles[endpoint]} with signed tokens, over HTTP on bare node:http`,
    entries,
    await sampled(endpoint, entries),
    { column: overJose, reference: () => joseAlone },
  )
}

/** Returns the peer that adds the least. */
function leastOfPeers(adds: Readonly<Record<string, Estimate>>): string {
  const peers = Object.entries(adds).filter(([label]) => nodeServers[label]?.atMost === undefined)
  return peers.toSorted(([, a], [, b]) => a.value - b.value)[0]![0]
}

interface Comparison {
  column: string
  /** Returns the label of the contender whose addition counts as 1. */
  reference: (adds: Readonly<Record<string, Estimate>>) => string
}

/** Returns a table of what each server's library adds to the bare route of the same server. */
function tableOf(
  title: string,
  entries: Entries,
  samples: Readonly<Record<string, Samples>>,
  { column, reference }: Comparison,
): Result {
  const { values: adds, ratios } = estimates(
    mapped(samples, (each) => each.adds),
    reference,
  )
  return {
    title: `${title}: CPU µs a request of the server`,
    columns: {
      'bare route': 1,
      'with it': 1,
      adds: 1,
      from: 1,
      to: 1,
      [column]: 2,
      'from ': 2,
      'to ': 2,
    },
    chart: 'adds',
    rows: Object.entries(entries).map(([label, { atMost }]) => ({
      label,
      values: {
        'bare route': median(samples[label]!.bare.flat()),
        'with it': median(samples[label]!.library.flat()),
        adds: adds[label]!.value,
        from: adds[label]!.low,
        to: adds[label]!.high,
        [column]: ratios[label]!.value,
        'from ': ratios[label]!.low,
        'to ': ratios[label]!.high,
      },
      target: atMost === undefined ? undefined : { column, atMost },
    })),
  }
}

/**
 * Compares the same bare route behind `app.listen()`, behind `app.listen()` with the conversion by
 * the core's `shareClasses()`, and behind the core's `createServer(app)`.
 */
async function quickly(): Promise<Result> {
  const listen = 'app.listen()'
  const converted = 'app.listen(), shareClasses()'
  const quick = 'createServer(app)'
  const column = `× ${listen}`
  const samples = await sampled('resource', {
    [listen]: {},
    [converted]: { converts: true },
    [quick]: { quick: true },
  })
  const bare = mapped(samples, (each) => each.bare)
  const { values, ratios } = estimates(bare, () => listen)
  return {
    title: 'A bare route, over HTTP on Express 5: CPU µs a request of the server',
    columns: { median: 1, from: 1, to: 1, [column]: 2, 'from ': 2, 'to ': 2 },
    rows: [listen, converted, quick].map((label) => ({
      label,
      values: {
        median: values[label]!.value,
        from: values[label]!.low,
        to: values[label]!.high,
        [column]: ratios[label]!.value,
        'from ': ratios[label]!.low,
        'to ': ratios[label]!.high,
      },
      target: label === quick && isSlowWithNewPrototypes ? { column, atMost: 0.6 } : undefined,
    })),
  }
}

function mapped<A, B>(record: Readonly<Record<string, A>>, map: (one: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, one]) => [key, map(one)]))
}

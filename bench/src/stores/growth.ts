import { stopDatabases } from '@oauth2-kit/conformance/databases'
import type { Client, Credential, Store } from '@oauth2-kit/core'
import { effort } from '../effort'
import type { Benchmark, Result, Row } from '../result'
import { interleaved } from '../rounds'
import { median } from '../statistics'
import {
  aClient,
  aGrant,
  refreshTokenOf,
  someGrants,
  someSuccessors,
  someTokens,
} from './credentials'
import { type OpenStore, openers } from './open'

const calls = 20
/** How many of the last refresh tokens are kept, to be redeemed. */
const kept = 1000

/** The cost of each store's calls with more and more live grants, in the numbers of `--sizes`. */
export const growth: Benchmark[] = Object.entries(openers).map(([name, open]) => ({
  name: `growth-${name}`,
  run: async () => [await measure(name, open)],
}))

const operations = ['find', 'issue', 'redeem'] as const

interface Opened {
  size: number
  store: Store
  close: () => Promise<void>
  client: Client
  /** The refresh tokens that were issued last. */
  last: Credential[]
}

/** Opens one store of each size, and measures them in turns. */
async function measure(name: string, open: OpenStore): Promise<Result> {
  const { sizes, growthRounds: measured } = effort()
  const opened: Opened[] = []
  try {
    for (const size of sizes) {
      const { store, close, settle } = await open()
      opened.push({ size, store, close, client: await aClient(store), last: [] })
      opened.at(-1)!.last = await fill(store, size)
      await settle?.()
      console.error(`${name} has ${size.toLocaleString('en')} grants`)
    }
    const samples: Record<string, Record<string, number[]>> = {}
    for (const operation of operations) {
      const samplers = opened.map((one) => {
        return [String(one.size), () => timeOf(callOf(operation, one))] as const
      })
      const rounds = { warmUp: Math.ceil(measured / 5), measured }
      samples[operation] = await interleaved(Object.fromEntries(samplers), rounds)
    }
    return tableOf(name, sizes, samples)
  } finally {
    await Promise.all(opened.map((each) => each.close()))
    await stopDatabases()
  }
}

/**
 * Issues `size` grants with two tokens each, and resolves with the refresh tokens of the last ones.
 */
async function fill(store: Store, size: number): Promise<Credential[]> {
  let last: Credential[] = []
  for (let left = size; left > 0; left -= kept) {
    const issued = await someGrants(store, Math.min(left, kept))
    last = [...last, ...issued].slice(-kept)
  }
  return last
}

function callOf(
  operation: string,
  { store, client, last: tokens }: Opened,
): () => Promise<unknown> {
  if (operation === 'issue') {
    const conditions = { clientVersion: client.version }
    return () => store.issue(aGrant(client.id), someTokens(), conditions)
  }
  if (operation === 'find')
    return () => store.find(tokens[Math.floor(Math.random() * tokens.length)]!.hash)
  return async () => {
    const at = Math.floor(Math.random() * tokens.length)
    const [old, successors] = [tokens[at]!, someSuccessors()]
    const { status } = await store.redeem(old, successors)
    if (status !== 'redeemed') throw new Error(`A refresh token could not be redeemed: ${status}`)
    tokens[at] = refreshTokenOf(successors, old.grant)
  }
}

/** Resolves with the microseconds per call: the median of a few calls in sequence. */
async function timeOf(call: () => Promise<unknown>): Promise<number> {
  const times: number[] = []
  while (times.length < calls) {
    const start = performance.now()
    await call()
    times.push((performance.now() - start) * 1000)
  }
  return median(times)
}

function tableOf(
  name: string,
  sizes: readonly number[],
  samples: Readonly<Record<string, Readonly<Record<string, number[]>>>>,
): Result {
  const [least] = sizes
  const took = (operation: string, size = 0) => median(samples[operation]![size]!)
  const rows = sizes.map((size): Row => {
    const values: Record<string, number> = {}
    for (const operation of operations) {
      values[operation] = took(operation, size)
      values[`× ${operation}`] = took(operation, size) / took(operation, least)
    }
    const target = size === least ? undefined : { column: '× find', atMost: 1.3 }
    return { label: size.toLocaleString('en'), values, target }
  })
  const columns = { find: 1, issue: 1, redeem: 1, '× find': 2, '× issue': 2, '× redeem': 2 }
  return {
    title: `${name}, among so many live grants: µs a call`,
    columns,
    rows,
    lines: [...operations],
  }
}

import type { Store } from '@oauth2-kit/core'
import { effort } from '../effort'
import type { Result, Row } from '../result'
import { quantileOf } from '../statistics'
import {
  aClient,
  aGrant,
  refreshTokenOf,
  someGrants,
  someSuccessors,
  someTokens,
} from './credentials'

/** A bulk removal that runs while other calls go on. */
export interface Removal {
  /** Removes, and resolves with the number of removed entries. */
  act: () => Promise<number>
  /** Returns the title for that number. */
  title: (count: string) => string
}

const samples = 2000
/** The number of grants that are rotated in turns. */
const rotated = 500
const ratio = '× idle'
/** The target: p99 during the removal may be at most this multiple of p99 before it. */
const atMost = 3

/**
 * Measures how a removal affects concurrent calls of `issue` and `redeem`: their latency before and
 * during it.
 */
export async function meanwhile(store: Store, { act, title }: Removal): Promise<Result> {
  const others = await othersOn(store)
  const enough = effort().isQuick ? samples / 4 : samples
  const idle = await latencies(others, (n) => n < enough)
  let isOver = false
  const start = performance.now()
  const [count, busy] = await Promise.all([
    act().finally(() => (isOver = true)),
    latencies(others, () => !isOver),
  ])
  const seconds = (performance.now() - start) / 1000
  const names = Object.keys(others)
  return {
    title: `${title(count.toLocaleString('en'))} in ${seconds.toFixed(1)} s`,
    columns: { 'p50, ms': 2, 'p99, ms': 2, 'longest, ms': 0, [ratio]: 2, calls: 0 },
    rows: [
      ...names.map((name): Row => {
        const target = { column: ratio, atMost }
        return { label: `${name} meanwhile`, values: valuesOf(busy[name]!, idle[name]!), target }
      }),
      ...names.map((name): Row => {
        return { label: `${name} before`, values: valuesOf(idle[name]!, idle[name]!) }
      }),
    ],
  }
}

function valuesOf(its: readonly number[], idle: readonly number[]): Row['values'] {
  const p99 = quantileOf(its, 0.99)
  return {
    'p50, ms': quantileOf(its, 0.5),
    'p99, ms': p99,
    'longest, ms': quantileOf(its, 1),
    [ratio]: p99 / quantileOf(idle, 0.99),
    calls: its.length,
  }
}

type Others = Record<string, () => Promise<unknown>>

async function othersOn(store: Store): Promise<Others> {
  const { id, version } = await aClient(store)
  const tokens = await someGrants(store, rotated)
  let turn = 0
  return {
    issue: () => store.issue(aGrant(id), someTokens(), { clientVersion: version }),
    async redeem() {
      const at = turn++ % tokens.length
      const [old, successors] = [tokens[at]!, someSuccessors()]
      const { status } = await store.redeem(old, successors)
      if (status !== 'redeemed') throw new Error(`A refresh token could not be redeemed: ${status}`)
      tokens[at] = refreshTokenOf(successors, old.grant)
    },
  }
}

/** Resolves with the latencies of the concurrent calls, in milliseconds. */
async function latencies(
  others: Others,
  goOn: (n: number) => boolean,
): Promise<Record<string, number[]>> {
  const found = Object.entries(others).map(async ([name, call]) => {
    const its: number[] = []
    // At least once, because the removal may be quick.
    do {
      const start = performance.now()
      await call()
      its.push(performance.now() - start)
    } while (goOn(its.length))
    return [name, its] as const
  })
  return Object.fromEntries(await Promise.all(found))
}

import type { Result, Row } from '../result'
import { interleaved } from '../rounds'
import { summarise } from '../statistics'

/**
 * One operation of a store, compared with the minimum that a program could do for the same purpose.
 */
export interface Comparison {
  label: string
  /** Runs it once with the store. */
  store: () => Promise<unknown>
  /** Runs it once by hand. */
  floor: () => Promise<unknown>
  /** The target: at most this multiple of `floor`. Undefined means that there is no target. */
  atMost?: number
}

/** How much is measured. */
export interface Effort {
  rounds: { warmUp: number; measured: number }
  /** Calls in sequence per round. */
  calls: number
}

const ratio = '× by hand'

/**
 * Measures the operations of a store and resolves with one table: microseconds per call, and
 * ratios.
 */
export async function compare(
  title: string,
  comparisons: readonly Comparison[],
  effort: Effort,
): Promise<Result> {
  const rows: Row[] = []
  for (const comparison of comparisons) {
    rows.push(await rowOf(comparison, effort))
  }
  return {
    title: `${title}: µs a call`,
    columns: {
      store: 1,
      'by hand': 1,
      [ratio]: 2,
      'lower quartile': 2,
      'upper quartile': 2,
    },
    rows,
  }
}

async function rowOf({ label, store, floor, atMost }: Comparison, effort: Effort): Promise<Row> {
  const { rounds, calls } = effort
  const contenders = { store: () => timeOf(store, calls), floor: () => timeOf(floor, calls) }
  const samples = await interleaved(contenders, rounds)
  // Both samples of a round had the same disturbances.
  const ratios = summarise(samples.store.map((sample, round) => sample / samples.floor[round]!))
  return {
    label,
    values: {
      store: summarise(samples.store).median,
      'by hand': summarise(samples.floor).median,
      [ratio]: ratios.median,
      'lower quartile': ratios.lowerQuartile,
      'upper quartile': ratios.upperQuartile,
    },
    target: atMost === undefined ? undefined : { column: ratio, atMost },
  }
}

/** Resolves with the microseconds per call. */
async function timeOf(call: () => Promise<unknown>, calls: number): Promise<number> {
  const start = performance.now()
  for (let n = 0; n < calls; n++) await call()
  return ((performance.now() - start) * 1000) / calls
}

import type { Entry } from '../log'

/** Returns the longest time that a bare server took to answer during a period, in milliseconds. */
export type Machine = (from: number, to: number) => number

/** Derives the delays of the machine from the log. */
export function machineOf(entries: readonly Entry[]): Machine {
  const asked = entries
    .filter(({ operation }) => operation === 'control')
    .toSorted((a, b) => a.start - b.start)
  const longest = asked.reduce((most, { start, end }) => Math.max(most, end - start), 0)
  return (from, to) => {
    let most = 0
    // A soak has a million entries to check, so requests that began too early to matter are
    // skipped.
    for (let n = firstSince(from - longest); n < asked.length; n++) {
      const { start, end } = asked[n]!
      if (start > to) break
      if (end >= from) most = Math.max(most, end - start)
    }
    return most
  }

  /** Returns the index of the first request that began at that time or later. */
  function firstSince(time: number): number {
    let [low, high] = [0, asked.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (asked[middle]!.start < time) low = middle + 1
      else high = middle
    }
    return low
  }
}

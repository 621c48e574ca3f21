import type { Entry } from '../log'

/** Returns the longest time that a bare server took to answer during a period, in milliseconds. */
export type Machine = (from: number, to: number) => number

/** Returns a function that looks up the delays of the machine in the log. */
export function machineOf(entries: readonly Entry[]): Machine {
  const controls = entries
    .filter(({ operation }) => operation === 'control')
    .toSorted((a, b) => a.start - b.start)
  const longest = controls.reduce((most, { start, end }) => Math.max(most, end - start), 0)
  return (from, to) => {
    let most = 0
    // A soak checks a million entries, so requests that began too early to matter are skipped.
    for (let n = firstSince(from - longest); n < controls.length; n++) {
      const { start, end } = controls[n]!
      if (start > to) break
      if (end >= from) most = Math.max(most, end - start)
    }
    return most
  }

  /** Returns the index of the first request that began at that time or later. */
  function firstSince(time: number): number {
    let [low, high] = [0, controls.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (controls[middle]!.start < time) low = middle + 1
      else high = middle
    }
    return low
  }
}

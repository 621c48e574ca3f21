import type { Entry } from '../log'

/** How long a bare server took at most for an answer during some time, in milliseconds. */
export type Machine = (from: number, to: number) => number

/** What the log says of the machine. */
export function machineOf(entries: readonly Entry[]): Machine {
  const asked = entries
    .filter(({ operation }) => operation === 'control')
    .toSorted((a, b) => a.start - b.start)
  const longest = asked.reduce((most, { start, end }) => Math.max(most, end - start), 0)
  return (from, to) => {
    let most = 0
    // A soak has a million entries to ask about: what began too early to matter is passed over.
    for (let n = firstSince(from - longest); n < asked.length; n++) {
      const { start, end } = asked[n]!
      if (start > to) break
      if (end >= from) most = Math.max(most, end - start)
    }
    return most
  }

  /** The index of the first that began then or later. */
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

import type { Entry } from '../log'

/** How long a bare server took at most for an answer during some time, in milliseconds. */
export type Machine = (from: number, to: number) => number

/** What the log says of the machine. */
export function machineOf(entries: readonly Entry[]): Machine {
  const asked = entries
    .filter(({ operation }) => operation === 'control')
    .toSorted((a, b) => a.start - b.start)
  return (from, to) => {
    let most = 0
    for (const { start, end } of asked) {
      if (start > to) break
      if (end >= from) most = Math.max(most, end - start)
    }
    return most
  }
}

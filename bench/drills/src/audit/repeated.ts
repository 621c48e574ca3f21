import type { Entry } from '../log'

/**
 * Returns whether another request presented the same code or refresh token before this one ended.
 */
export type IsRepeated = (entry: Entry) => boolean

/** Returns a function that recognizes repeated or concurrent redemptions in that log. */
export function repeatedIn(entries: readonly Entry[]): IsRepeated {
  const starts = new Map<string, number[]>()
  for (const { operation, presented, start } of entries) {
    if (presented === null || !isRedemption(operation)) continue
    starts.set(presented, [...(starts.get(presented) ?? []), start])
  }
  return ({ operation, presented, end }) =>
    presented !== null &&
    isRedemption(operation) &&
    starts.get(presented)!.filter((start) => start < end).length > 1
}

function isRedemption(operation: Entry['operation']): boolean {
  return operation === 'code' || operation === 'refresh'
}

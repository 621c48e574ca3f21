import type { Entry } from '../log'

/** Whether a code or refresh token was presented by another request too, before this one ended. */
export type IsRepeated = (entry: Entry) => boolean

/** Tells what was presented once from what was presented again, or twice at once, in that log. */
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

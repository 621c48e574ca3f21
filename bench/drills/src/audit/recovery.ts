import type { Entry } from '../log'
import { isOutage } from './answers'
import { repeatedIn } from './repeated'

/** How a fault looked from outside. */
export interface Outage {
  /** Requests that found no service. */
  failed: number
  /**
   * Milliseconds from the fix to the start of the last request that found no service; 0 = at once.
   * Codes and refresh tokens that were presented before may be in doubt for longer.
   */
  backAfterMs: number
}

/** How many requests found no service, and for how long after the fix. */
export function outageOf(entries: readonly Entry[], mendedAt: number | null): Outage {
  const failed = entries.filter((entry) => entry.operation !== 'control' && isOutage(entry))
  const isRepeated = repeatedIn(entries)
  const first = failed.filter((entry) => !isRepeated(entry))
  const after = mendedAt === null ? [] : first.map(({ start }) => start - mendedAt)
  return { failed: failed.length, backAfterMs: Math.max(0, ...after) }
}

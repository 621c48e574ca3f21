import type { Entry } from '../log'
import { isOutage } from './answers'
import { repeatedIn } from './repeated'

/** The effect of a fault, as the clients saw it. */
export interface Outage {
  /** Requests for which the service was unavailable. */
  failed: number
  /**
   * Milliseconds from the fix to the start of the last request for which the service was
   * unavailable; 0 means that it was back at once. Repeated redemptions don't count, because they
   * may be answered with a 503 for longer.
   */
  backAfterMs: number
}

/**
 * Counts the requests for which the service was unavailable, and measures how long this lasted
 * after the fix.
 */
export function outageOf(entries: readonly Entry[], fixedAt: number | null): Outage {
  const failed = entries.filter((entry) => entry.operation !== 'control' && isOutage(entry))
  const isRepeated = repeatedIn(entries)
  const first = failed.filter((entry) => !isRepeated(entry))
  const after = fixedAt === null ? [] : first.map(({ start }) => start - fixedAt)
  return { failed: failed.length, backAfterMs: Math.max(0, ...after) }
}

import type { NewCredential } from '@oauth2-kit/core'
import type { Document } from 'mongodb'
import { isTooLarge } from './errors'
import * as pipeline from './pipeline'

const minute = 60_000

/**
 * When a write removes the expired credentials of a grant: the grant has more than `above` credentials, and
 * the retention of one of them ended more than `lateMs` ago. To look for them in each write would take the
 * database more time than to keep a few for longer.
 */
const rules = [
  { above: 32, lateMs: 60 * minute },
  { above: 1000, lateMs: 5 * minute },
]

/** How a write that adds credentials to a grant also removes the expired ones. */
export interface Trim {
  /** Selects the grant only if none of the rules applies to it. */
  notDue: Document
  /** The stages that a write adds to its update to remove them. */
  stages: Document[]
}

/**
 * Returns the removal of the credentials that expired longer ago than the retention, by the core's clock
 * (`createdAt`), for a write that adds credentials. It removes none of the `kept`.
 */
export function trimFor(
  added: readonly NewCredential[],
  kept: string[],
  retentionMs: number,
): Trim {
  const horizon = Math.max(...added.map(({ createdAt }) => createdAt)) - retentionMs
  return {
    notDue: {
      $nor: rules.map(({ above, lateMs }) => ({
        nextExpiry: { $lt: horizon - lateMs },
        [`credentials.${above}`]: { $exists: true },
      })),
    },
    stages: pipeline.trim(horizon, kept),
  }
}

/**
 * Calls a write that adds credentials. If the document would be too large, calls it again so that it also
 * removes the expired ones.
 */
export async function trimmedIfFull<T>(
  write: (trims: boolean) => Promise<T>,
  trims: boolean,
): Promise<T> {
  try {
    return await write(trims)
  } catch (error) {
    if (trims || !isTooLarge(error)) throw error
    return write(true)
  }
}

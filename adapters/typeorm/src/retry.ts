import { setTimeout as pause } from 'node:timers/promises'
import type { DatabaseError } from './errors'

const attempts = 6
const firstPauseMs = 10

/** Codes that say that a statement has changed nothing, and would succeed a moment later. */
const passing: ReadonlySet<unknown> = new Set([
  // PostgreSQL: serialization failure, deadlock.
  '40001',
  '40P01',
  // MySQL and MariaDB: deadlock, lock wait timeout.
  1213,
  1205,
  'SQLITE_BUSY',
  'SQLITE_BUSY_SNAPSHOT',
  'SQLITE_LOCKED',
])

/**
 * Does it again, a few times and after pauses that grow and vary, as long as it fails by a deadlock
 * or the like. A lost connection is not among these: what was asked may have happened.
 */
export async function retried<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      return await work()
    } catch (error) {
      if (attempt === attempts || !isPassing(error)) throw error
      // oxlint-disable-next-line no-await-in-loop -- the pause is the point
      await pause(Math.random() * firstPauseMs * 2 ** attempt)
    }
  }
}

function isPassing(error: unknown): boolean {
  const { code, errno } = error as DatabaseError
  return passing.has(code) || passing.has(errno)
}

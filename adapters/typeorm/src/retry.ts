import { setTimeout as pause } from 'node:timers/promises'
import type { DatabaseError } from './errors'

const attempts = 20
const firstPauseMs = 5
const longestPauseMs = 200

/**
 * The codes of errors after which nothing has changed and the statement can succeed a moment later.
 */
const passing: ReadonlySet<unknown> = new Set([
  // PostgreSQL: serialization failure, deadlock.
  '40001',
  '40P01',
  // MySQL and MariaDB: deadlock, lock wait timeout, a row that has changed since it was read.
  1213,
  1205,
  1020,
])

/**
 * Runs the work up to 20 times, with random and growing pauses, while it fails because of a
 * deadlock, a serialization failure or a busy database. A lost connection is not among these,
 * because the statement may have been executed.
 */
export async function retried<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (attempt === attempts || !isPassing(error)) throw error
      await pause(Math.random() * Math.min(longestPauseMs, firstPauseMs * 2 ** attempt))
    }
  }
}

function isPassing(error: unknown): boolean {
  const { code, errno } = error as DatabaseError
  return passing.has(code) || passing.has(errno) || /^SQLITE_(?:BUSY|LOCKED)/.test(code ?? '')
}

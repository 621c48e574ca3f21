import { setTimeout as pause } from 'node:timers/promises'
import type { Database } from './database'

/**
 * Runs a batch until it returns false. After each comes a pause as long as the batch took: others
 * wait for one batch at most, and the database is busy with these no more than half of the time. A
 * transaction that was joined keeps its locks during a pause, so it has none.
 */
export async function inBatches(database: Database, batch: () => Promise<boolean>): Promise<void> {
  for (;;) {
    const start = performance.now()
    if (!(await batch())) return
    if (!database.isJoined()) await pause(performance.now() - start)
  }
}

import { setTimeout as pause } from 'node:timers/promises'
import type { Database } from './database'

/**
 * Runs batches until one resolves with false. After each batch there is a pause as long as the
 * batch took. So other statements wait for one batch at most, and the batches keep the database
 * busy no more than half of the time. A joined transaction keeps its locks during a pause, so it
 * has no pauses.
 */
export async function inBatches(database: Database, batch: () => Promise<boolean>): Promise<void> {
  for (;;) {
    const start = performance.now()
    if (!(await batch())) return
    if (!database.isJoined()) await pause(performance.now() - start)
  }
}

import { setTimeout as pause } from 'node:timers/promises'

/**
 * Runs batches of a long change until one resolves with false. After each batch, pauses for as long
 * as the batch took. Other statements therefore wait for one batch at most, and the change keeps
 * the database busy no more than half of the time. In a transaction of the caller, pass
 * `paced: false`, because the transaction keeps its locks during a pause.
 */
export async function inBatches(
  batch: () => Promise<boolean>,
  { paced = true }: { paced?: boolean } = {},
): Promise<void> {
  for (;;) {
    const start = performance.now()
    if (!(await batch())) return
    if (paced) await pause(performance.now() - start)
  }
}

import { setTimeout as sleep } from 'node:timers/promises'

/** The time limit for any operation of a database on a busy machine, in milliseconds. */
const patienceMs = 120_000

/** Polls until `isSo` resolves with true; an error counts as false. */
export async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + patienceMs
  while (!(await isSo().catch(() => false))) {
    if (Date.now() > end) throw new Error(`Timed out waiting for ${what}`)
    await sleep(100)
  }
}

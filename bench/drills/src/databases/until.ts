import { setTimeout as sleep } from 'node:timers/promises'

/** How long a database may take for anything, on a busy machine, in milliseconds. */
const patienceMs = 120_000

/** Asks again and again until it is so; an error counts as no. */
export async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + patienceMs
  while (!(await isSo().catch(() => false))) {
    if (Date.now() > end) throw new Error(`Waited in vain for ${what}`)
    await sleep(100)
  }
}

import { setImmediate } from 'node:timers/promises'

/** Runs the event loop until a condition holds, and throws if it does not in time. */
export async function until(holds: () => unknown, limitMs = 300_000): Promise<void> {
  const end = Date.now() + limitMs
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`The condition did not hold within ${limitMs} ms`)
    await setImmediate()
  }
}

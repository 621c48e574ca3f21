import { setImmediate } from 'node:timers/promises'

/** Lets the event loop turn until something holds, and fails where it never does. */
export async function until(holds: () => unknown, limitMs = 60_000): Promise<void> {
  const end = Date.now() + limitMs
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`Waited ${limitMs} ms for what never came`)
    await setImmediate()
  }
}

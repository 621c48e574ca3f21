import { setImmediate } from 'node:timers/promises'

/**
 * Waits until Node has checked for unhandled rejections. Jest fails the test for one. Outside of
 * Jest, it would end the process.
 */
export async function untilSettled(): Promise<void> {
  await setImmediate()
  await setImmediate()
}

import { setImmediate } from 'node:timers/promises'

/**
 * Waits until Node has looked for rejections that nobody handled. Outside of Jest, which fails the
 * test for one, it would end the process.
 */
export async function untilSettled(): Promise<void> {
  await setImmediate()
  await setImmediate()
}

import { Failure, within } from '../expect'
import { deadlineLimit } from './limits'

/**
 * Makes a call and resolves with its result. Rejects with a Failure if it takes longer than
 * `milliseconds`, or blocks the event loop for longer, when no timer can fire.
 */
export async function promptly<T>(
  milliseconds: number,
  call: () => Promise<T>,
  what: string,
): Promise<T> {
  const [started, cpu] = [performance.now(), process.cpuUsage()]
  const answer = call()
  const synchronous = performance.now() - started
  const value = await within(milliseconds, answer, what, deadlineLimit)
  const took = performance.now() - started
  const { user, system } = process.cpuUsage(cpu)
  // On a busy machine the process may stand still. Then it uses no time of the processor.
  const blocked = Math.max(synchronous, (user + system) / 1000)
  if (took > milliseconds && blocked > milliseconds / 2) {
    throw new Failure(
      `${what} blocked the event loop: it took ${Math.round(took)} ms; allowed are ${milliseconds} ms, ${deadlineLimit}`,
    )
  }
  return value
}

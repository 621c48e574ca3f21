// The cases about the passing of time replace the global functions.
import { clearInterval, setInterval } from 'node:timers'

const ticks = 20

/**
 * Calls `act` after that many milliseconds, in 20 ticks. A process that stalls for seconds misses
 * only one tick, and still has time to read what has arrived. Returns a function that cancels it.
 */
export function afterTicks(milliseconds: number, act: () => void): () => void {
  let left = ticks
  const timer = setInterval(() => {
    if (--left > 0) return
    clearInterval(timer)
    act()
  }, milliseconds / ticks)
  return () => clearInterval(timer)
}

const ticks = 20

/**
 * Calls `act` after that many milliseconds, in 20 ticks: a process that stands still for seconds misses
 * one tick, and has time left to read what came in meanwhile. Returns a function that cancels it.
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

/**
 * Does at most so many things at once; what comes besides waits for its turn. Beyond `mostWaiting` it
 * rejects with what `refusal` makes.
 */
export function atOnce(
  most: number,
  mostWaiting = Infinity,
  refusal = () => new Error('Too many are waiting'),
): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = []
  let running = 0
  return async (work) => {
    if (running < most) running++
    else if (waiting.length < mostWaiting)
      await new Promise<void>((resolve) => waiting.push(resolve))
    else throw refusal()
    try {
      return await work()
    } finally {
      // Whoever waits takes the place over.
      const next = waiting.shift()
      if (next) next()
      else running--
    }
  }
}

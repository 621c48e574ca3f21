import { withCode } from '../errors/error-code'
/** How the turns are taken. */
export interface TurnOptions {
  /** How many may wait. @default any number */
  mostWaiting?: number
  /** What is thrown where more would wait. */
  refusal?: () => Error
  /** Milliseconds after which one that still runs gives its place to the next. @default never */
  placeMs?: number
}

/** Does at most so many things at once; what comes besides waits for its turn. */
export function atOnce(
  most: number,
  options: TurnOptions = {},
): <T>(work: () => Promise<T>) => Promise<T> {
  const { mostWaiting = Infinity, placeMs } = options
  const { refusal = () => withCode('OAUTH2_KIT_BUSY', new Error('Too many are waiting')) } = options
  const waiting: (() => void)[] = []
  let running = 0

  return async (work) => {
    if (running < most) running++
    else if (waiting.length < mostWaiting)
      await new Promise<void>((resolve) => waiting.push(resolve))
    else throw refusal()
    let hasPlace = true
    const leave = () => {
      if (!hasPlace) return
      hasPlace = false
      // Whoever waits takes the place over.
      const next = waiting.shift()
      if (next) next()
      else running--
    }
    const timer = placeMs === undefined ? undefined : setTimeout(leave, placeMs)
    timer?.unref()
    try {
      return await work()
    } finally {
      clearTimeout(timer)
      leave()
    }
  }
}

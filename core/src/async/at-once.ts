import { withCode } from '../errors/error-code'

/** Options of `atOnce`. */
export interface TurnOptions {
  /** The maximum number of waiting calls. @default any number */
  mostWaiting?: number
  /** Returns the error to throw if too many calls are waiting. */
  refusal?: () => Error
  /** Milliseconds after which a running call no longer counts as running. @default never */
  placeMs?: number
}

/** Returns a function that runs at most `most` calls at once and queues the others. */
export function atOnce(
  most: number,
  options: TurnOptions = {},
): <T>(work: () => Promise<T>) => Promise<T> {
  const { mostWaiting = Infinity, placeMs } = options
  const { refusal = busy } = options
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
      // The next waiting call takes over this place, so `running` does not change.
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

function busy(): Error {
  return withCode('OAUTH2_KIT_BUSY', new Error('Too many calls are waiting: try again later'))
}

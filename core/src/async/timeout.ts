/** Asks a store or a model, and rejects if it has not answered in time. */
export type WithTimeout = <T>(ask: () => Promise<T>, what: string) => Promise<T>

/**
 * A store or model did not answer in time. What it was asked may still happen; asking again is
 * safe.
 */
export class TimeoutError extends Error {
  override readonly name = 'TimeoutError'
  readonly code = 'OAUTH2_KIT_TIMEOUT'
  /** The answer that may still come. */
  readonly #pending: Promise<unknown>

  constructor(what: string, milliseconds: number, pending: Promise<unknown> = never) {
    super(`${what} did not answer within ${milliseconds} ms`)
    this.#pending = pending
  }

  /** The answer that nobody waits for any longer, of whatever was asked for. */
  pending<T>(): Promise<T> {
    return this.#pending as Promise<T>
  }
}

const never = new Promise<never>(() => {})
const now = Promise.resolve()

/** Bounds every call by the same number of milliseconds. */
export function timeoutAfter(milliseconds: number): WithTimeout {
  return (ask, what) =>
    new Promise((resolve, reject) => {
      // Before there is a timer: what throws here would leave it behind.
      const asked = Promise.resolve(ask())
      let isAnswered = false
      let timer: NodeJS.Timeout | undefined
      const answered = () => {
        isAnswered = true
        clearTimeout(timer)
      }
      asked.then(
        (answer) => {
          answered()
          resolve(answer)
        },
        (error) => {
          answered()
          reject(error)
        },
      )
      // An answer that is there already is heard before this: it needs no watching, and a timer
      // costs more than all else of a look-up in memory.
      void now.then(() => {
        if (isAnswered) return
        timer = setTimeout(() => reject(new TimeoutError(what, milliseconds, asked)), milliseconds)
      })
    })
}

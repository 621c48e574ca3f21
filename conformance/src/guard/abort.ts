/** Work that ends early. */
export interface Abort extends Disposable {
  readonly isAborted: boolean
  /** Resolves with the result of the work, or with null once the signal is aborted. */
  unless<T>(work: () => Promise<T>): Promise<T | null>
}

/** Returns what ends work early once the signal is aborted. */
export function abortOf(signal: AbortSignal | undefined): Abort {
  let abort: (() => void) | undefined
  const aborted = new Promise<null>((resolve) => {
    abort = () => resolve(null)
    signal?.addEventListener('abort', abort)
  })
  return {
    get isAborted() {
      return signal?.aborted ?? false
    },
    unless: async (work) => (signal?.aborted ? null : Promise.race([work(), aborted])),
    [Symbol.dispose]() {
      if (abort) signal?.removeEventListener('abort', abort)
    },
  }
}

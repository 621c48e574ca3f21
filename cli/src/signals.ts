import { constants } from 'node:os'

/** A signal asked the program to end. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted'
  /** As a shell reports it: 128 and the number of the signal. */
  readonly exitCode: number

  constructor(signal: 'SIGINT' | 'SIGTERM') {
    super(`interrupted by ${signal}`)
    this.exitCode = 128 + constants.signals[signal]
  }
}

/** Signals that are caught until disposal. */
export interface Caught extends Disposable {
  /** Is aborted with an `Interrupted` by the first signal. */
  readonly signal: AbortSignal
}

/**
 * Catches the signals that ask this process to end. A second one ends it at once. Without a
 * listener, the first process of a container ignores SIGTERM.
 */
export function catchSignals(): Caught {
  const abort = new AbortController()
  const ends = (['SIGINT', 'SIGTERM'] as const).map((name) => {
    const listener = () => {
      const interrupted = new Interrupted(name)
      if (abort.signal.aborted) process.exit(interrupted.exitCode)
      abort.abort(interrupted)
    }
    process.on(name, listener)
    return () => process.off(name, listener)
  })
  return {
    signal: abort.signal,
    [Symbol.dispose]: () => {
      for (const end of ends) end()
    },
  }
}

import { OptionError, optionError, wholeNumber } from '@oauth2-kit/core/store-kit'
import type { SqlStoreOptions } from './options'

/** Options of the store of a client that does not limit the time of a statement itself. */
export interface TimeoutOptions {
  /**
   * How many milliseconds one statement may take, with the wait for a connection of the pool. A
   * connection on which it may still be running does not return to the pool.
   * @default 5000
   */
  timeout?: number
}

/** The default of `timeout`, in milliseconds. */
export const defaultTimeout = 5000
// The longest time of a timer.
const [isTimeout, timeoutText] = wholeNumber(1, 2 ** 31 - 1, 'milliseconds')

/** Takes `timeout` from the options. Throws an OptionError if it is not a time. */
export function takeTimeout<Options extends SqlStoreOptions & TimeoutOptions>(
  options: Options,
): [timeout: number, others: Omit<Options, 'timeout'>] {
  if (typeof options !== 'object' || options === null)
    throw new OptionError('options', 'the options must be an object')
  const { timeout = defaultTimeout, ...others } = options
  if (!isTimeout(timeout)) throw optionError('timeout', timeoutText)
  return [timeout, others]
}

/** The time of a statement has passed. */
class StatementTimeout extends Error {
  readonly code = 'ETIMEDOUT'
  constructor(timeout: number) {
    super(`The database has not answered within ${timeout} milliseconds`)
  }
}

/** A connection that a pool has lent. */
export interface Lent {
  /** Returns the connection to the pool. */
  release(): unknown
  /** Closes the connection. */
  destroy(): unknown
  on(event: 'error', listener: () => void): unknown
  removeListener(event: 'error', listener: () => void): unknown
}

/** Without a listener, a lent connection that is lost between two statements ends the process. */
const ignoreLoss = () => {}

/**
 * Runs the work on a connection of a pool, and returns the connection in every case. Rejects if this
 * takes longer than the timeout, and closes the connection.
 */
export async function onLent<Connection extends Lent, T>(
  lend: () => Promise<Connection>,
  timeout: number,
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  let connection: Connection | undefined
  let isLate = false
  async function worked(): Promise<T> {
    const lent = await lend()
    if (isLate) {
      await lent.release()
      throw new StatementTimeout(timeout)
    }
    connection = lent
    lent.on('error', ignoreLoss)
    try {
      return await work(lent)
    } finally {
      try {
        if (!isLate) await lent.release()
      } finally {
        lent.removeListener('error', ignoreLoss)
      }
    }
  }
  return withTimeout(worked(), timeout, () => {
    isLate = true
    connection?.destroy()
  })
}

/** Resolves as the work does. After the timeout, gives the work up and rejects. */
export async function withTimeout<T>(
  work: PromiseLike<T>,
  timeout: number,
  giveUp: () => void,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new StatementTimeout(timeout))
      giveUp()
    }, timeout)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

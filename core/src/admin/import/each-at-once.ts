import { setImmediate as turn } from 'node:timers/promises'

/** The rows between two turns of the event loop: a store in memory resolves immediately. */
const rowsPerTurn = 256

/**
 * Calls `use` for each row, for at most `most` rows at once, and reads a row only when it can be
 * used. If `use` rejects, or the signal is aborted, no other row is read, the calls that are running
 * end, and the error is thrown.
 */
export async function eachAtOnce<T>(
  rows: Iterable<T> | AsyncIterable<T>,
  most: number,
  signal: AbortSignal | undefined,
  use: (row: T) => Promise<void>,
): Promise<void> {
  const iterator =
    Symbol.asyncIterator in rows ? rows[Symbol.asyncIterator]() : rows[Symbol.iterator]()
  const running = new Set<Promise<void>>()
  const failures: unknown[] = []
  let isDone = false
  try {
    for (let count = 1; failures.length === 0; count++) {
      signal?.throwIfAborted()
      const { done, value } = await orAborted(iterator.next(), signal)
      if (done) {
        isDone = true
        break
      }
      const call = use(value)
        .catch((error: unknown) => void failures.push(error))
        .finally(() => running.delete(call))
      running.add(call)
      if (running.size >= most) await Promise.race(running)
      if (count % rowsPerTurn === 0) await turn()
    }
  } finally {
    await Promise.all(running)
    // Not awaited: a stream that hangs would not let the import end.
    if (!isDone) void Promise.resolve(iterator.return?.()).catch(() => {})
  }
  if (failures.length > 0) throw failures[0]
}

/** Resolves with the value, or rejects with the reason of the signal if that is aborted first. */
async function orAborted<T>(value: T | Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return value
  const settled = new AbortController()
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), settled)
  })
  try {
    return await Promise.race([value, aborted])
  } finally {
    settled.abort()
  }
}

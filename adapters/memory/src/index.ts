import type { Store } from '@oauth2-kit/core'
import { readSnapshot, snapshots } from './snapshot'
import { newContent, purge, storeOf } from './store'

/** Options of `memoryStore()`. */
export interface MemoryStoreOptions {
  /**
   * A file that keeps clients, users and grants over a restart: read at the start, written a second
   * after a change and at `close()`. One process at a time may use it. @default none
   */
  file?: string
  /**
   * Seconds that something is kept after it has expired, so that a late replay is noticed. @default
   * 3600
   */
  retentionSeconds?: number
  /** The clock, in milliseconds since the epoch. @default Date.now */
  now?: () => number
}

/** The defaults of `memoryStore()`. */
export const defaults = Object.freeze({ retentionSeconds: 3600, now: () => Date.now() })

/** A store in memory. */
export interface MemoryStore extends Required<Store> {
  /** Writes the snapshot file now, if there is one. Rejects if it can't be written. */
  save(): Promise<void>
  /** Writes the snapshot file a last time and ends every timer. */
  close(): Promise<void>
}

const sweepEveryMs = 60_000
const sweepAtOnce = 10_000

/**
 * A store in the memory of this process: complete, atomic and bounded, for what has expired or was
 * revoked leaves it. For examples, tests and small services; with a `file`, a restart keeps what
 * there was. Throws a TypeError for a wrong option, and an Error for a file that can't be read.
 */
export function memoryStore(options: MemoryStoreOptions = {}): MemoryStore {
  assertOptions(options)
  const { file, retentionSeconds = defaults.retentionSeconds, now = defaults.now } = options
  const content = newContent(now())
  if (file !== undefined) readSnapshot(file, content)
  const snapshot = file === undefined ? undefined : snapshots(file, content)
  let nextSweep = now() + sweepEveryMs

  function changed(): void {
    snapshot?.saveLater()
    if (now() >= nextSweep) sweep()
  }

  function sweep(): void {
    nextSweep = now() + sweepEveryMs
    const { more } = purge(content, now() - retentionSeconds * 1000, sweepAtOnce)
    // In slices, so that requests get in between.
    if (more) setImmediate(sweep)
  }

  const stopSweeping = every(sweepEveryMs, sweep)
  return {
    ...storeOf(content, changed),
    async save() {
      await snapshot?.save()
    },
    async close() {
      stopSweeping()
      snapshot?.stop()
      await snapshot?.save()
    },
  }
}

/**
 * Repeats something as long as somebody else holds on to it, and without keeping the process alive.
 */
function every(milliseconds: number, task: () => void): () => void {
  const held = new WeakRef(task)
  const timer = setInterval(() => {
    const found = held.deref()
    if (found) found()
    else clearInterval(timer)
  }, milliseconds).unref()
  return () => clearInterval(timer)
}

function assertOptions(options: MemoryStoreOptions): void {
  if (typeof options !== 'object' || options === null)
    throw new TypeError('memoryStore() takes an object with options, or nothing')
  const { file, retentionSeconds = 0, now = Date.now } = options
  const known = ['file', 'retentionSeconds', 'now']
  const unknown = Object.keys(options).find((name) => !known.includes(name))
  if (unknown)
    throw new TypeError(`"${unknown}" is no option of memoryStore(); take ${known.join(', ')}`)
  if (file !== undefined && (typeof file !== 'string' || file === '')) {
    throw new TypeError('"file" must be the path of a file')
  }
  if (typeof retentionSeconds !== 'number' || !(retentionSeconds >= 0)) {
    throw new TypeError('"retentionSeconds" must be a number of seconds, 0 or more')
  }
  if (typeof now !== 'function')
    throw new TypeError('"now" must be a function that gives milliseconds since the epoch')
}

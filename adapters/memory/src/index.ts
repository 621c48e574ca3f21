import type { Store } from '@oauth2-kit/core'
import { newContent, purge, roughly } from './content'
import { openFiles } from './snapshot'
import { storeOf } from './store'

/** Options of `memoryStore()`. */
export interface MemoryStoreOptions {
  /**
   * A file that keeps everything over a restart and a crash, with a journal beside it: a change is
   * acknowledged once it is on disk. One process at a time may use it. @default none
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

const sweepEveryMs = 20_000

/**
 * A store in the memory of this process: complete, atomic and bounded, for what has expired or was
 * revoked leaves it. For examples, tests and small services; with a `file`, what was acknowledged
 * outlives a restart and a crash. Throws a TypeError for a wrong option, and an Error for a file
 * that can't be read.
 */
export function memoryStore(options: MemoryStoreOptions = {}): MemoryStore {
  assertOptions(options)
  const { file, retentionSeconds = defaults.retentionSeconds, now = defaults.now } = options
  const content = newContent(now())
  const files = file === undefined ? undefined : openFiles(file, content)
  let nextSweep = now() + sweepEveryMs
  let isSweeping = false

  async function sweep(): Promise<void> {
    nextSweep = now() + sweepEveryMs
    if (isSweeping) return
    isSweeping = true
    const before = { credentials: now() - retentionSeconds * 1000, shortLived: now() }
    const { deleted } = await purge(content, roughly(content, before), Infinity)
    isSweeping = false
    if (deleted > 0) files?.saveLater()
  }

  const stopSweeping = every(sweepEveryMs, sweep)
  const store = storeOf(content, {
    durable: files !== undefined,
    keep(change) {
      if (now() >= nextSweep) void sweep()
      return files?.keep(change)
    },
  })
  return {
    ...store,
    async purge(before, limit) {
      const purged = await store.purge(before, limit)
      if (purged.deleted > 0) files?.saveLater()
      return purged
    },
    async save() {
      await files?.save()
    },
    async close() {
      stopSweeping()
      files?.stop()
      await files?.save()
    },
  }
}

/**
 * Repeats something as long as somebody else holds on to it, and without keeping the process alive.
 */
function every(milliseconds: number, task: () => Promise<void>): () => void {
  const held = new WeakRef(task)
  const timer = setInterval(() => {
    const found = held.deref()
    if (found) void found()
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
    throw new TypeError(`Unknown option "${unknown}" of memoryStore(): use ${known.join(', ')}`)
  if (file !== undefined && (typeof file !== 'string' || file === '')) {
    throw new TypeError('"file" must be the path of a file')
  }
  if (typeof retentionSeconds !== 'number' || !(retentionSeconds >= 0)) {
    throw new TypeError('"retentionSeconds" must be a number of seconds, 0 or more')
  }
  if (typeof now !== 'function')
    throw new TypeError('"now" must be a function that returns milliseconds since the epoch')
}

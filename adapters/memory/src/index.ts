import type { Store } from '@oauth2-kit/core'
import { newContent } from './content'
import { type MemoryStoreOptions, readStoreOptions } from './options'
import { purge, roughly } from './purge'
import { openFiles } from './snapshot'
import { createStore } from './store'

export type { MemoryStoreOptions } from './options'

/** A store in memory. */
export interface MemoryStore extends Required<Store> {
  /** Writes the snapshot file now, if the store has one. Rejects if the file can't be written. */
  save(): Promise<void>
  /**
   * Stops all timers and writes the snapshot file one last time. From then on, another process can
   * open the file, and calls that change something reject.
   */
  close(): Promise<void>
}

const sweepEveryMs = 20_000

/**
 * Returns a store in the memory of this process, for examples, tests and small services. It
 * implements the whole contract atomically. Its size is bounded, because expired and revoked
 * entries are removed. With a `file`, acknowledged changes survive a restart and a crash. Throws a
 * TypeError if an option is wrong, and an Error if the file can't be read or another store uses it.
 */
export function memoryStore(options: MemoryStoreOptions = {}): MemoryStore {
  const { file, retentionSeconds, now } = readStoreOptions(options)
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
  const store = createStore(content, {
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
      await files?.close()
    },
  }
}

/**
 * Runs the task at that interval until the task is garbage-collected. The timer does not keep the
 * process alive. Returns a function that stops it.
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

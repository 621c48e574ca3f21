import type { Store } from '@oauth2-kit/core'
import { newContent, purge, roughly } from './content'
import { type MemoryStoreOptions, readMemoryOptions } from './options'
import { openFiles } from './snapshot'
import { storeOf } from './store'

export type { MemoryStoreOptions } from './options'

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
  const { file, retentionSeconds, now } = readMemoryOptions(options)
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

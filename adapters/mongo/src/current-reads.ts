import type { ReadConcernLike } from 'mongodb'

/** Options of a read. */
export interface ReadOptions {
  readConcern?: ReadConcernLike
  maxTimeMS?: number
}

/** Makes a read that no outdated primary answers; it may be made a second time. */
export type CurrentRead = <T>(read: (options: ReadOptions) => Promise<T>) => Promise<T>

/**
 * How long a primary that a majority has confirmed is believed, in milliseconds. It must be shorter
 * than the election timeout of the replica set, which is ten seconds unless it is configured:
 * before that has passed, the others elect no primary beside it, unless one takes over by priority or
 * command in the very second of the cut.
 */
const leaseMs = 1000

/** Milliseconds after which a standalone server is asked again: it may have become a replica set. */
const standaloneMs = 30_000

const notAReplicaSet = 123

/**
 * A primary that was paused or cut off answers for some seconds although another one was elected,
 * and knows nothing of what was revoked there. Only `linearizable` reads exclude that: the server
 * lets a majority confirm that it is the primary. That takes as long as a write, eight times as long
 * as a `local` read. So one such read stands for all that end within a second after it began. On a
 * standalone server there is no other primary.
 */
export function currentReads(maxTimeMS: number): CurrentRead {
  let confirmedAt = -Infinity
  let isConfirming = false
  let standaloneUntil = -Infinity

  return async function current(read) {
    const isStandalone = performance.now() < standaloneUntil
    const end = confirmedAt + leaseMs
    const left = end - performance.now()
    // One renews it halfway, so that the others need not wait.
    if (isStandalone || (left > 0 && (left > leaseMs / 2 || isConfirming))) {
      const found = await read({})
      if (isStandalone || performance.now() < end) return found
    }
    return confirmed(read)
  }

  async function confirmed<T>(read: (options: ReadOptions) => Promise<T>): Promise<T> {
    const start = performance.now()
    const bound = maxTimeMS > 0 ? { maxTimeMS } : {}
    isConfirming = true
    try {
      const found = await read({ readConcern: { level: 'linearizable' }, ...bound })
      confirmedAt = Math.max(confirmedAt, start)
      return found
    } catch (error) {
      if ((error as { code?: unknown } | null)?.code !== notAReplicaSet) throw error
      standaloneUntil = performance.now() + standaloneMs
      return await read({})
    } finally {
      isConfirming = false
    }
  }
}

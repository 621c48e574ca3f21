import type { ReadConcernLike } from 'mongodb'

/** Options of a read command. */
export interface ReadOptions {
  readConcern?: ReadConcernLike
  maxTimeMS?: number
}

/** Runs a read that no outdated primary can answer. The read may be run twice. */
export type CurrentRead = <T>(read: (options: ReadOptions) => Promise<T>) => Promise<T>

/**
 * How long a primary is trusted after a majority has confirmed it, in milliseconds. Must be shorter
 * than the election timeout of the replica set, which is ten seconds by default. Before that
 * timeout the other members elect no second primary, unless a member takes over by priority or
 * command in the very second in which the primary is cut off.
 */
const leaseMs = 1000

/**
 * Milliseconds after which a standalone server is checked again, because it may have become a
 * replica set.
 */
const standaloneMs = 30_000

const notAReplicaSet = 123

/**
 * Returns a function that runs reads so that they are never outdated.
 *
 * A primary that was paused or cut off still answers for some seconds after another one was
 * elected, and does not know what was revoked there. Only `linearizable` reads exclude that,
 * because the server asks a majority to confirm that it is the primary. That takes as long as a
 * write, which is eight times as long as a `local` read. So one such read vouches for all reads
 * that end within a second after it began. A standalone server has no other primary, so it needs no
 * such reads.
 */
export function currentReads(maxTimeMS: number): CurrentRead {
  let confirmedAt = -Infinity
  let isConfirming = false
  let standaloneUntil = -Infinity

  return async function current(read) {
    const isStandalone = performance.now() < standaloneUntil
    const end = confirmedAt + leaseMs
    const left = end - performance.now()
    // A single read renews the confirmation after half of its time, so that the others do not wait.
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

import type { WithTimeout } from '../async/timeout'
import { faultOrOutage } from '../contract/hook-answer'
import { type KeySet, checkedKeys, keySetOf } from './key-set'
import type { CheckedKey } from './signing-key'

/** The keys that sign, which may change while the server runs. */
export interface KeyRing {
  /** Resolves with the keys, at most a minute old. */
  current(): Promise<KeySet>
  /**
   * Resolves with the keys, at most a second old: for what others see, and for a key that is not
   * known, because another process may already use it.
   */
  recent(): Promise<KeySet>
}

/** The option `keys`, checked: a list of keys, or a function that returns them. */
export type KeySource = readonly CheckedKey[] | (() => unknown)

/** Array.isArray() does not narrow a read-only array. */
function isList(source: KeySource): source is readonly CheckedKey[] {
  return Array.isArray(source)
}

const longestMs = 60_000
const shortestMs = 1000

/**
 * Returns the keys of the server. If they come from a function, it is called again from time to time.
 * If it fails, `failed` is called and the last keys stay in use; without any, the call rejects.
 */
export function keyRing(
  source: KeySource,
  now: () => number,
  withTimeout: WithTimeout,
  failed: (error: unknown) => void,
): KeyRing {
  if (isList(source)) {
    let set: Promise<KeySet> | undefined
    const current = () => (set ??= keySetOf(source))
    return { current, recent: current }
  }
  const read = source
  let known: KeySet | undefined
  let triedAt = 0
  let loading: Promise<KeySet> | undefined

  async function load(): Promise<KeySet> {
    triedAt = now()
    try {
      const keys = await withTimeout(async () => read(), 'keys')
      known = await keySetOf(checkedKeys(keys))
    } catch (error) {
      if (!known) throw faultOrOutage(error)
      failed(error)
    } finally {
      loading = undefined
    }
    return known
  }

  async function within(ms: number): Promise<KeySet> {
    // The clock may have been set back.
    const isFresh = known !== undefined && Math.abs(now() - triedAt) < ms
    return isFresh ? known! : (loading ??= load())
  }

  return { current: () => within(longestMs), recent: () => within(shortestMs) }
}

import type { WithTimeout } from '../async/timeout'
import { faultOrOutage } from '../contract/hook-answer'
import { type KeySet, checkedKeys, keySetOf } from './key-set'
import type { CheckedKey } from './signing-key'

/** The keys that sign, which may change while the server runs. */
export interface KeyRing {
  /** Resolves with the keys, at most a minute old unless the function hangs or fails. */
  current(): Promise<KeySet>
  /**
   * Resolves with the keys, at most a second old unless the function hangs or fails: for others, who
   * ask because they have met an unknown key.
   */
  recent(): Promise<KeySet>
  /**
   * Resolves with the keys, at most a second old unless the function fails: for a key that is not
   * known, because another process may already use it.
   */
  awaited(): Promise<KeySet>
}

/** The option `keys`, checked: a list of keys, or a function that returns them. */
export type KeySource = readonly CheckedKey[] | (() => unknown)

/** Array.isArray() does not narrow a read-only array. */
function isList(source: KeySource): source is readonly CheckedKey[] {
  return Array.isArray(source)
}

const longestMs = 60_000
const shortestMs = 1000
/** A function that works answers in time, so that no old key is used after an idle hour. */
const patienceMs = 250

/**
 * Returns the keys of the server. If they come from a function, it is called again from time to time.
 * A request waits briefly for that call, and not at all after a call that hung or failed: the last
 * keys stay in use, and `failed` is called. Without any, the request waits, and rejects if it fails.
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
    return { current, recent: current, awaited: current }
  }
  const read = source
  let known: KeySet | undefined
  let triedAt = 0
  let loading: Promise<KeySet> | undefined
  /** Ends with the call of the function, or when nobody should wait for it any longer. */
  let waiting: Promise<void> | undefined
  let isTrusted = true

  async function load(): Promise<KeySet> {
    triedAt = now()
    try {
      const keys = await withTimeout(async () => read(), 'keys')
      known = await keySetOf(checkedKeys(keys))
      isTrusted = true
    } catch (error) {
      isTrusted = false
      if (!known) throw faultOrOutage(error)
      failed(error)
    } finally {
      loading = undefined
    }
    return known
  }

  function start(): Promise<KeySet> {
    loading = load()
    waiting = isTrusted ? settledWithin(loading, patienceMs) : undefined
    return loading
  }

  // The clock may have been set back.
  const isFresh = (ms: number) => known !== undefined && Math.abs(now() - triedAt) < ms

  async function within(ms: number): Promise<KeySet> {
    if (!known) return loading ?? start()
    if (!isFresh(ms) && !loading) void start()
    if (loading) await waiting
    return known
  }

  async function awaited(): Promise<KeySet> {
    return loading ?? (isFresh(shortestMs) ? known! : start())
  }

  return { current: () => within(longestMs), recent: () => within(shortestMs), awaited }
}

/** Resolves when the promise has settled, or after a time. */
function settledWithin(promise: Promise<unknown>, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    const settled = () => {
      clearTimeout(timer)
      resolve()
    }
    promise.then(settled, settled)
  })
}

import type { JsonWebKeySet } from '../contract/store'
import { KeySetError, publishedKeySet } from '../crypto/public-keys'
import { withCode } from '../errors/error-code'
import type { JsonDocument } from './fetch-json'

const second = 1000
/** How long a set is used if its response has no `max-age`. */
const defaultAgeMs = 300 * second
const leastAgeMs = 60 * second
const mostAgeMs = 3600 * second
/** How long an expired set is used if its URL cannot be fetched. */
const staleMs = 3600 * second
/** The minimum time between two fetches of a URL, after a failure or for an unknown key. */
const pauseMs = 30 * second
/** The maximum number of URLs to remember, and of those to fetch at once. */
export const mostUrls = 500
const mostFetches = 50

/** The sets of public keys that clients and trusted issuers publish. */
export interface RemoteKeySets {
  /**
   * Resolves with the keys at a URL, from a cache. A set without the key `kid` is fetched again, at
   * most once every 30 seconds. Rejects with an Error if no set is known and none can be fetched.
   */
  keysAt(url: string, kid: string | undefined): Promise<JsonWebKeySet>
}

interface Entry {
  /** The last set that was fetched, and until when it is fresh, in milliseconds. */
  set?: JsonWebKeySet
  freshUntil: number
  /** When the last fetch began. */
  fetchedAt: number
  /** The error of the last fetch, if it failed. */
  error?: unknown
  fetching?: Promise<void>
}

/**
 * Returns the cache of remote key sets. `fetch` fetches one of them. `now` is the clock, in
 * milliseconds since the epoch. `failed` receives the error of each fetch that failed.
 */
export function remoteKeySets(
  fetch: (url: string) => Promise<JsonDocument>,
  now: () => number,
  failed: (url: string, error: unknown) => void,
): RemoteKeySets {
  const entries = new Map<string, Entry>()
  let fetches = 0

  async function fetchInto(entry: Entry, url: string): Promise<void> {
    entry.fetchedAt = now()
    fetches++
    try {
      const { value, maxAge } = await fetch(url)
      entry.set = publishedKeySet(value)
      entry.freshUntil = now() + ageOf(maxAge)
      delete entry.error
    } catch (error) {
      entry.error = asKeysError(error)
      failed(url, entry.error)
    } finally {
      fetches--
      delete entry.fetching
    }
  }

  /** Fetches the set, together with all other requests that wait for it. */
  async function refresh(entry: Entry, url: string): Promise<void> {
    if (!entry.fetching && fetches >= mostFetches) return
    await (entry.fetching ??= fetchInto(entry, url))
  }

  return {
    async keysAt(url, kid) {
      const entry = entryOf(entries, url)
      const at = now()
      const isFresh = entry.set !== undefined && at < entry.freshUntil
      if (isFresh && hasKey(entry.set, kid)) return entry.set!
      // A clock that was set back must not stop the fetches.
      const sinceFetch = Math.abs(at - entry.fetchedAt)
      const mustPause = (isFresh || entry.error !== undefined) && sinceFetch < pauseMs
      if (entry.fetching || !mustPause) await refresh(entry, url)
      if (entry.set && now() < entry.freshUntil + staleMs) return entry.set
      throw entry.error ?? keysError('Too many key sets are being fetched at once')
    },
  }
}

function hasKey(set: JsonWebKeySet | undefined, kid: string | undefined): boolean {
  return kid === undefined || (set?.keys.some((key) => key['kid'] === kid) ?? false)
}

/** Returns the entry of a URL. If there are too many, the one that was used least recently goes. */
function entryOf(entries: Map<string, Entry>, url: string): Entry {
  const entry = entries.get(url) ?? { freshUntil: -Infinity, fetchedAt: -Infinity }
  entries.delete(url)
  entries.set(url, entry)
  const [oldest] = entries.keys()
  if (entries.size > mostUrls && oldest !== undefined) entries.delete(oldest)
  return entry
}

function ageOf(maxAge: number | undefined): number {
  if (maxAge === undefined) return defaultAgeMs
  return Math.min(Math.max(maxAge * second, leastAgeMs), mostAgeMs)
}

function asKeysError(error: unknown): unknown {
  return error instanceof KeySetError ? keysError(`The document ${error.message}`, error) : error
}

function keysError(message: string, cause?: unknown): Error {
  return withCode('OAUTH2_KIT_FETCH', new Error(message, { cause }))
}

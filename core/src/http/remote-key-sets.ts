import type { JsonWebKeySet } from '../contract/store'
import { KeySetError, publishedKeySet } from '../crypto/public-keys'
import { fetchError } from './fetch-errors'
import { RecentMap } from '../values/recent-map'
import type { JsonDocument } from './json-document'

const second = 1000
/** How long a set is used if its response has no `max-age`. */
const defaultAgeMs = 300 * second
const leastAgeMs = 60 * second
const mostAgeMs = 3600 * second
/** How long an expired set is used while, or if, it cannot be fetched again. */
const staleMs = 3600 * second
/** The minimum time between two fetches of a URL, after a failure or for an unknown key. */
const pauseMs = 30 * second
/** The maximum number of URLs to remember, and of those to fetch at once. */
export const mostUrls = 500
const mostFetches = 50

/** The sets of public keys that clients and trusted issuers publish. */
export interface RemoteKeySets {
  /** Whether anybody can have keys fetched, so that a failure is not one of this server. */
  readonly isOpen: boolean
  /**
   * Resolves with the keys at a URL, from a cache. An expired set is fetched again in the background
   * if it has the key `kid`. A set without that key is fetched first, at most once every 30 seconds.
   * Rejects with an Error if no set is known and none can be fetched.
   */
  keysAt(url: string, kid: string | undefined): Promise<JsonWebKeySet>
}

interface Entry {
  /** The last set that was fetched. */
  set?: JsonWebKeySet
  /** When the fetch of the set began, and how long it is fresh, in milliseconds. */
  setAt: number
  freshMs: number
  /** When the last fetch began. */
  fetchedAt: number
  /** The error of the last fetch, if it failed. */
  error?: unknown
  fetching?: Promise<void>
}

/**
 * Returns the cache of remote key sets. `fetch` fetches one of them. `now` is the clock, in
 * milliseconds since the epoch. `failed` receives the error of each fetch that failed. `isOpen` is that
 * of the result.
 */
export function remoteKeySets(
  fetch: (url: string) => Promise<JsonDocument>,
  now: () => number,
  failed: (url: string, error: unknown) => void,
  isOpen = false,
): RemoteKeySets {
  const entries = new RecentMap<Entry>(mostUrls)
  let fetches = 0

  async function fetchInto(entry: Entry, url: string): Promise<void> {
    const at = now()
    entry.fetchedAt = at
    fetches++
    try {
      const { value, maxAge } = await fetch(url)
      entry.set = publishedKeySet(value)
      entry.setAt = at
      entry.freshMs = ageOf(maxAge)
      delete entry.error
    } catch (error) {
      entry.error = asKeysError(error, url)
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
    isOpen,

    async keysAt(url, kid) {
      const entry = entryOf(entries, url)
      const at = now()
      const isFresh = knownSet(entry, at, 0) !== undefined
      const known = knownSet(entry, at, staleMs)
      const isEnough = hasKey(known, kid)
      if (isFresh && isEnough) return known!
      // A clock that was set back must not stop the fetches.
      const sinceFetch = Math.abs(at - entry.fetchedAt)
      const mustPause = (isFresh || entry.error !== undefined) && sinceFetch < pauseMs
      const refreshing = entry.fetching || !mustPause ? refresh(entry, url) : undefined
      // No request waits for a slow URL if the key is known. A failure is still reported.
      if (isEnough) return known!
      await refreshing
      const set = knownSet(entry, now(), staleMs)
      if (set) return set
      throw entry.error ?? fetchError('Too many key sets are being fetched at once')
    },
  }
}

/**
 * Returns the set of an entry, until `extraMs` after it has expired. A set that was fetched in the future
 * is not used: the clock was ahead, and would keep removed keys alive for that time.
 */
function knownSet(
  { set, setAt, freshMs }: Entry,
  at: number,
  extraMs: number,
): JsonWebKeySet | undefined {
  const age = at - setAt
  return age >= 0 && age < freshMs + extraMs ? set : undefined
}

function hasKey(set: JsonWebKeySet | undefined, kid: string | undefined): boolean {
  return set !== undefined && (kid === undefined || set.keys.some((key) => key['kid'] === kid))
}

function entryOf(entries: RecentMap<Entry>, url: string): Entry {
  const entry = entries.get(url) ?? { setAt: -Infinity, freshMs: 0, fetchedAt: -Infinity }
  entries.set(url, entry)
  return entry
}

function ageOf(maxAge: number | undefined): number {
  if (maxAge === undefined) return defaultAgeMs
  return Math.min(Math.max(maxAge * second, leastAgeMs), mostAgeMs)
}

function asKeysError(error: unknown, url: string): unknown {
  return error instanceof KeySetError
    ? fetchError(`The document at ${url} ${error.message}`, error)
    : error
}

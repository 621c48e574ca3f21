import type { Emit } from '../events'
import { fetchJson } from '../http/fetch-json'
import { type RemoteKeySets, remoteKeySets } from '../http/remote-key-sets'
import type { Settings } from '../options/settings'

const longestFetchMs = 5000
const longestKeySet = 65_536

/** Returns the remote key sets of clients and trusted issuers, as the options say. */
export function keySetsFor(settings: Settings, emit: Emit): RemoteKeySets {
  const { fetchJwks, storeTimeout, now } = settings
  const options = {
    timeoutMs: Math.min(longestFetchMs, storeTimeout),
    longestBytes: longestKeySet,
    // RFC 7517 8.5.2
    accept: 'application/jwk-set+json, application/json',
  }
  return remoteKeySets(
    async (url) =>
      fetchJwks ? { value: await fetchJwks(url), maxAge: undefined } : fetchJson(url, options),
    now,
    (url, error) => emit('jwks.failed', { url, error }),
  )
}

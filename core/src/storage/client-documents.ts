import type { Client } from '../contract/store'
import { InvalidClientError, type OAuth2Error } from '../errors/errors'
import { tryAgain } from '../errors/refusals'
import type { Emit } from '../events'
import { RefusedDocumentError, fetchError } from '../http/fetch-errors'
import { fetchJson, fetchJsonBy } from '../http/fetch-json'
import type { JsonDocument } from '../http/json-document'
import { type Network, publicNetwork } from '../http/network'
import type { OAuthRequest } from '../http/request'
import type { ClientMetadataSettings } from '../options/client-metadata'
import type { Settings } from '../options/settings'
import { clientIdUrlProblem, clientInDocument, looksLikeUrl } from '../protocol/client-document'
import type { MetadataPolicy } from '../protocol/client-metadata'
import { RecentMap } from '../values/recent-map'

const second = 1000
const longestFetchMs = 5 * second
/** draft-ietf-oauth-client-id-metadata-document recommends this limit, in bytes. */
export const longestDocument = 5 * 1024
const jsonType = /^application\/(?:[\w!#$&.^+-]+\+)?json\s*(?:;|$)/i
/** How long a document is fresh if its response does not say, in seconds. */
const defaultSeconds = 300
/** How long an expired document is used while its server is away. */
const staleMs = 3600 * second
/**
 * The minimum time between two fetches of a URL after a failure. The draft forbids to cache errors.
 * This only limits how often we call a server that has just failed.
 */
const pauseSeconds = 10
/** The maximum number of failures to remember, and of documents to fetch at once. */
export const mostFailures = 1000
export const mostFetches = 100
export const mostFetchesOfHost = 6

/** The grant types and the methods that a client with a document can have. */
const grantTypes = ['authorization_code', 'refresh_token']
const authMethods = ['none', 'private_key_jwt'] as const

/** The clients whose id is the URL of a document that describes them. */
export interface ClientDocuments {
  /**
   * Resolves with the client at a URL, from a cache, or with `null` if the id is no URL. Throws an
   * `invalid_client` if the URL or its document is refused, and a 503 if the document cannot be
   * fetched now and none is known.
   */
  clientAt(id: string, request: OAuthRequest): Promise<Client | null>
  /**
   * Notes that a user has allowed the client something. Its document then stays in the cache, however
   * many other documents are fetched.
   */
  allowed(id: string): void
}

interface Known {
  client: Client
  /** When the fetch began, and how long the document is fresh, in milliseconds. */
  at: number
  freshMs: number
}

interface Failure {
  at: number
  error: unknown
}

/** Returns the clients with documents, as the option `clientMetadata` says. */
export function clientDocuments(
  options: ClientMetadataSettings,
  settings: Settings,
  emit: Emit,
  network = publicNetwork,
): ClientDocuments {
  const { now } = settings
  const { entries } = options.cache
  const policy = policyOf(options, settings)
  const fetchDocument = fetcher(options, settings, network)
  // Anybody can have documents fetched. So those of clients with users have their own place.
  const found = new RecentMap<Known>(entries)
  const kept = new RecentMap<Known>(entries)
  const failures = new RecentMap<Failure>(mostFailures)
  const fetching = new Map<string, Promise<Known>>()
  const fetchesOf = new Map<string, number>()

  function knownAt(id: string, extraMs: number): Known | undefined {
    const known = kept.get(id) ?? found.get(id)
    const age = known ? now() - known.at : -1
    // One that was fetched in the future is not used: the clock was ahead.
    return known && age >= 0 && age < known.freshMs + extraMs ? known : undefined
  }

  async function current(id: string, host: string): Promise<Known> {
    const failure = failures.get(id)
    // A clock that was set back must not stop the fetches.
    if (failure && Math.abs(now() - failure.at) < pauseSeconds * second) throw failure.error
    const pending = fetching.get(id)
    if (pending) return pending
    const ofHost = fetchesOf.get(host) ?? 0
    // Anybody can take up the places of others, but not those of clients with users.
    const most = kept.get(id) ? 2 * mostFetches : mostFetches
    if (fetching.size >= most || ofHost >= mostFetchesOfHost)
      throw fetchError('Too many documents are being fetched at once')
    fetchesOf.set(host, ofHost + 1)
    const started = fetched(id).finally(() => {
      fetching.delete(id)
      const others = fetchesOf.get(host)! - 1
      if (others > 0) fetchesOf.set(host, others)
      else fetchesOf.delete(host)
    })
    fetching.set(id, started)
    return started
  }

  async function fetched(id: string): Promise<Known> {
    const at = now()
    try {
      const { value, maxAge } = await fetchDocument(id)
      const client = clientInDocument(id, value, policy, at)
      const known = { client, at, freshMs: freshMs(maxAge, options) }
      const place = kept.get(id) ? kept : found
      place.set(id, known)
      failures.delete(id)
      return known
    } catch (error) {
      failures.set(id, { at: now(), error })
      if (error instanceof RefusedDocumentError) {
        kept.delete(id)
        found.delete(id)
      }
      emit('client_metadata.failed', { url: id, error })
      throw error
    }
  }

  return {
    async clientAt(id, request) {
      if (!looksLikeUrl(id)) return null
      const problem = clientIdUrlProblem(id)
      if (problem !== undefined) throw new InvalidClientError(`The client_id ${problem}`)
      const url = new URL(id)
      // Without the port: the limit is for the machine that is called.
      const { hostname: host } = url
      if (!(await options.allow(url, { request: request.native.request as never })))
        throw new InvalidClientError('The client may not use this server')
      const fresh = knownAt(id, 0)
      if (fresh) return fresh.client
      try {
        return (await current(id, host)).client
      } catch (error) {
        if (error instanceof RefusedDocumentError)
          throw new InvalidClientError(`The client_id is refused: ${error.message}`, error)
        const stale = knownAt(id, staleMs)
        if (stale) return stale.client
        throw unavailable()
      }
    },

    allowed(id) {
      const known = found.get(id)
      if (!known) return
      kept.set(id, known)
      found.delete(id)
    },
  }
}

/**
 * Returns a 503 without a cause, which is not reported as a failure of this server: anybody can cause
 * it. The event has the error.
 */
function unavailable(): OAuth2Error {
  const error = tryAgain('The document of the client cannot be fetched: try again later')
  error.headers['Retry-After'] = String(pauseSeconds)
  return error
}

function policyOf(options: ClientMetadataSettings, { grants }: Settings): MetadataPolicy {
  const { scopes, privateUseSchemes } = options
  return {
    scopes,
    privateUseSchemes,
    grantTypes: grantTypes.filter((name) => grants.includes(name)),
    authMethods,
  }
}

function fetcher(
  { fetch }: ClientMetadataSettings,
  { storeTimeout }: Settings,
  network: Network,
): (url: string) => Promise<JsonDocument> {
  const name = 'clientMetadata.fetch'
  const rules = {
    timeoutMs: Math.min(longestFetchMs, storeTimeout),
    longestBytes: longestDocument,
    mediaType: jsonType,
  }
  return (url) =>
    fetch
      ? fetchJsonBy(fetch, name, url, rules)
      : fetchJson(url, { ...rules, replacedBy: name, network })
}

function freshMs(maxAge: number | undefined, { cache }: ClientMetadataSettings): number {
  const seconds = Math.max(maxAge ?? defaultSeconds, cache.leastSeconds)
  return Math.min(seconds, cache.mostSeconds) * second
}

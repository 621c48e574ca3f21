import { expected, trueOrFalse } from '../contract/hook-answer'
import type { ModelRequest } from '../contract/model'
import { OptionError } from '../errors/option-error'
import type { Fetch } from '../http/fetch-json'
import { isScope } from '../protocol/scope'
import { isPlainObject } from '../values/is-object'
import type { AnswerOf } from './answers-within'
import { privateUseSchemesRule } from './private-use-schemes'
import { readOptions } from './read-options'
import { type Rules, aFunction, orNull, wholeNumber } from './rules'

/**
 * The option `clientMetadata`: clients whose id is the URL of a Client ID Metadata Document
 * (draft-ietf-oauth-client-id-metadata-document).
 */
export interface ClientMetadataOptions {
  /** The scopes that such a client may request. `null` means any. */
  scopes: readonly string[] | null
  /**
   * Returns whether the client at a URL may use this server. Called for each of its requests, before
   * its document is fetched or taken from the cache. @default every client may
   */
  allow?(url: URL, about: ClientMetadataContext): boolean | Promise<boolean>
  /**
   * Fetches a document as the global `fetch()` does, through a proxy for example. It replaces the
   * built-in https client, which connects to public addresses only, so it must decide where it
   * connects to. It must pass on `init`. @default a client for https on the public internet
   */
  fetch?: Fetch
  /**
   * The schemes of apps that redirect URIs may have although they are no reversed domain name (RFC
   * 8252 7.1), without the colon. @default []
   */
  privateUseSchemes?: readonly string[]
  /** How documents are cached, in the memory of each process. */
  cache?: ClientMetadataCache
}

/** How documents are cached. */
export interface ClientMetadataCache {
  /** The minimum lifetime of a document in seconds, also with `no-store`. @default 60 */
  leastSeconds?: number
  /** The maximum lifetime of a document in seconds, whatever its response says. @default 86400 */
  mostSeconds?: number
  /**
   * The maximum number of documents. Of clients that users have allowed something, as many again are
   * kept. @default 1000
   */
  entries?: number
}

/** What the function `allow` receives, besides the URL. */
export interface ClientMetadataContext {
  /** The request of the framework. */
  request: ModelRequest
}

/** The checked option `clientMetadata`. */
export interface ClientMetadataSettings {
  scopes: readonly string[] | null
  allow: (url: URL, about: ClientMetadataContext) => Promise<boolean>
  /** Undefined means the built-in client. */
  fetch: Fetch | undefined
  privateUseSchemes: readonly string[]
  cache: Required<ClientMetadataCache>
}

/** The defaults of `ClientMetadataCache`. */
export const cacheDefaults = Object.freeze({ leastSeconds: 60, mostSeconds: 86_400, entries: 1000 })

const longestSeconds = 31_536_000
const mostEntries = 100_000

const cacheRules: Rules<ClientMetadataCache> = {
  leastSeconds: wholeNumber(0, longestSeconds, 'seconds'),
  mostSeconds: wholeNumber(0, longestSeconds, 'seconds'),
  entries: wholeNumber(1, mostEntries),
}

const rules: Rules<ClientMetadataOptions> = {
  scopes: orNull(
    [
      (value) => Array.isArray(value) && value.every(isScope),
      'must be an array of scopes that such clients may request',
    ],
    'any',
  ),
  allow: aFunction,
  fetch: aFunction,
  privateUseSchemes: privateUseSchemesRule,
  // cacheOf() checks its members.
  cache: [isPlainObject, 'must be an object with leastSeconds, mostSeconds or entries'],
}

/** Returns the checked option. The return value of `allow` is checked, and its time is limited. */
export function clientMetadataOf(
  given: ClientMetadataOptions,
  answerOf: AnswerOf,
): ClientMetadataSettings {
  const read = readOptions(given, rules, {
    of: 'oauthserver()',
    in: 'clientMetadata',
    defaults: { privateUseSchemes: [] },
  })
  if (read.scopes === undefined)
    throw new OptionError(
      'clientMetadata.scopes',
      '"clientMetadata.scopes" is missing: it must be an array of the scopes that such clients may ' +
        'request, or null for any',
    )
  return {
    scopes: read.scopes && [...read.scopes],
    async allow(...args) {
      if (read.allow === undefined) return true
      // Called on the object of the application, as a method of it.
      const allowed = await answerOf('clientMetadata.allow', () => given.allow!(...args))
      return expected('clientMetadata.allow', allowed, trueOrFalse)
    },
    fetch: read.fetch && ((...args) => given.fetch!(...args)),
    privateUseSchemes: [...read.privateUseSchemes],
    cache: cacheOf(read.cache ?? {}),
  }
}

function cacheOf(given: ClientMetadataCache): Required<ClientMetadataCache> {
  const cache = readOptions(given, cacheRules, {
    of: 'oauthserver()',
    in: 'clientMetadata.cache',
    defaults: cacheDefaults,
  })
  if (cache.leastSeconds <= cache.mostSeconds) return cache
  throw new OptionError(
    'clientMetadata.cache.leastSeconds',
    '"clientMetadata.cache.leastSeconds" must be at most "clientMetadata.cache.mostSeconds"',
  )
}

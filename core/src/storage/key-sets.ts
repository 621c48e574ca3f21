import type { JsonWebKeySet } from '../contract/store'
import { tryAgain } from '../errors/refusals'
import type { Emit } from '../events'
import { fetchError } from '../http/fetch-errors'
import { fetchJson } from '../http/fetch-json'
import { type RemoteKeySets, remoteKeySets } from '../http/remote-key-sets'
import type { Settings } from '../options/settings'

const longestFetchMs = 5000
const longestKeySet = 65_536

/**
 * Returns the remote key sets of clients and trusted issuers, as the options say. `isOpen` is whether
 * anybody can have keys fetched.
 */
export function keySetsFor(settings: Settings, emit: Emit, isOpen = false): RemoteKeySets {
  const { fetchJwks, storeTimeout, now } = settings
  const options = {
    timeoutMs: Math.min(longestFetchMs, storeTimeout),
    longestBytes: longestKeySet,
    // RFC 7517 8.5.2
    accept: 'application/jwk-set+json, application/json',
  }
  return remoteKeySets(
    async (url) =>
      fetchJwks
        ? { value: await documentBy(fetchJwks, url), maxAge: undefined }
        : fetchJson(url, options),
    now,
    (url, error) => emit('jwks.failed', { url, error }),
    isOpen,
  )
}

/** Resolves with the document that the option `fetchJwks` fetches. */
async function documentBy(
  fetchJwks: NonNullable<Settings['fetchJwks']>,
  url: string,
): Promise<unknown> {
  let value: unknown
  try {
    value = await fetchJwks(url)
  } catch (error) {
    throw fetchError(`"fetchJwks" failed for ${url}`, error)
  }
  const wrong = value instanceof Response ? 'a Response' : value === undefined && 'undefined'
  if (!wrong) return value
  throw fetchError(
    `"fetchJwks" must resolve with the parsed document, such as await response.json(), not with ${wrong}, for ${url}`,
  )
}

/** Where the public keys of a client or a trusted issuer are: one of both. */
interface KeysOwner {
  jwks?: JsonWebKeySet | undefined
  jwksUri?: string | undefined
}

/**
 * Resolves with the public keys of a client or a trusted issuer. `kid` is the key that is needed, if
 * the assertion names it. Throws a 503 if they cannot be fetched and none are known: the same
 * request may succeed later. `whose` says whose keys they are, for the message.
 */
export async function keysOf(
  { jwks, jwksUri = '' }: KeysOwner,
  kid: string | undefined,
  keySets: RemoteKeySets,
  whose: string,
): Promise<JsonWebKeySet> {
  if (jwks) return jwks
  try {
    return await keySets.keysAt(jwksUri, kid)
  } catch (error) {
    // Without a cause, it is not reported as a failure of this server.
    const cause = keySets.isOpen ? undefined : error
    throw tryAgain(`The keys of ${whose} cannot be fetched: try again`, cause)
  }
}

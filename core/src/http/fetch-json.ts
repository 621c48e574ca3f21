import { type LookupAddress, lookup } from 'node:dns'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { type LookupFunction, isIP } from 'node:net'
import { promisify } from 'node:util'
import { timeoutAfter } from '../async/timeout'
import { withCode } from '../errors/error-code'
import { isPublicAddress } from './public-address'
import { parsedUrl } from '../values/parsed-url'

const systemLookup = promisify(lookup)

/** The parts of the network that tests replace. */
export interface Network {
  /** Resolves with all addresses of a host. */
  resolve: (host: string) => Promise<LookupAddress[]>
  /** Returns whether the server may connect to an address. */
  isAllowed: (address: string) => boolean
  /** The certificates of authorities to trust, in PEM. Undefined means those of Node. */
  ca?: string
}

/** How `fetchJson()` fetches. */
export interface FetchOptions {
  /** The maximum time for everything, in milliseconds. */
  timeoutMs: number
  /** The maximum size of the document, in bytes. */
  longestBytes: number
  /** The media types to accept. @default 'application/json' */
  accept?: string
  /** @default the system's resolver, and public addresses only */
  network?: Network
}

/** A JSON document of another server. */
export interface JsonDocument {
  value: unknown
  /** The `max-age` of its `Cache-Control`, in seconds; 0 for `no-store` and `no-cache`. */
  maxAge: number | undefined
}

const publicNetwork: Network = {
  resolve: (host) => systemLookup(host, { all: true }),
  isAllowed: isPublicAddress,
}

/**
 * Fetches a JSON document from a URL that somebody else has chosen, such as a client's `jwks_uri`.
 * Such a URL must not make this server call services of its own network. So the URL must be https,
 * every address of its host must be public, the connection goes to the addresses that were checked,
 * and redirects are not followed. Throws an Error with the code `OAUTH2_KIT_FETCH`, or with
 * `OAUTH2_KIT_TIMEOUT`, if the document cannot be fetched, is too long or is not JSON.
 */
export async function fetchJson(
  url: string,
  { timeoutMs, longestBytes, accept = 'application/json', network = publicNetwork }: FetchOptions,
): Promise<JsonDocument> {
  const target = fetchableUrl(url)
  const controller = new AbortController()
  const { signal } = controller
  try {
    return await timeoutAfter(timeoutMs)(async () => {
      const addresses = await addressesOf(target, network)
      signal.throwIfAborted()
      const response = await responseOf(target, addresses, network, accept, signal)
      return { value: await jsonIn(response, longestBytes), maxAge: maxAgeOf(response) }
    }, `The server "${target.host}"`)
  } catch (error) {
    throw asFetchError(target, error)
  } finally {
    // Ends the connection, also if the response was refused or came too late.
    controller.abort()
  }
}

/** Returns why a URL cannot be fetched, or `undefined` if it can. */
export function fetchableUrlProblem(url: unknown): string | undefined {
  const parsed = typeof url === 'string' ? parsedUrl(url) : undefined
  if (!parsed) return 'is not a URL'
  const { protocol, username, password, hash } = parsed
  if (protocol !== 'https:') return 'is not https'
  if (username !== '' || password !== '') return 'has a username or a password'
  return hash === '' ? undefined : 'has a fragment'
}

function fetchableUrl(url: string): URL {
  const problem = fetchableUrlProblem(url)
  if (problem !== undefined) throw fetchError(`The URL ${problem}`)
  return new URL(url)
}

/** Resolves with the addresses to connect to. Each of them is allowed. */
async function addressesOf(
  { hostname, origin, pathname }: URL,
  { resolve, isAllowed }: Network,
): Promise<LookupAddress[]> {
  // The URL parser has normalized every form of an IP address, such as a decimal number.
  const host = hostname.replace(/^\[(.*)\]$/, '$1')
  const family = isIP(host)
  const addresses = family === 0 ? await resolve(host) : [{ address: host, family }]
  if (addresses.length === 0) throw fetchError(`The host "${host}" has no address`)
  // One private address among public ones is enough for an attack.
  if (!addresses.every(({ address }) => isAllowed(address)))
    throw fetchError(
      `The address of ${origin}${pathname} is not public: to fetch from a private network, set the option fetchJwks`,
    )
  return addresses
}

/** Resolves with the response, of which only the headers have been read. */
function responseOf(
  url: URL,
  addresses: LookupAddress[],
  { ca }: Network,
  accept: string,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = { accept, 'accept-encoding': 'identity', 'user-agent': 'oauth2-kit' }
    // `agent: false`: a connection that is kept open could skip the check of the address.
    const options = { headers, lookup: pinnedTo(addresses), agent: false, signal, ca }
    request(url, options, resolve).on('error', reject).end()
  })
}

/**
 * Returns a lookup that finds only the addresses that were checked. A second query could return
 * others (DNS rebinding). Node does not call it for a host that is an address itself.
 */
function pinnedTo(addresses: LookupAddress[]): LookupFunction {
  return (_host, { all }, callback) => {
    const [{ address, family }] = addresses as [LookupAddress]
    if (all) callback(null, addresses)
    else callback(null, address, family)
  }
}

async function jsonIn(response: IncomingMessage, longestBytes: number): Promise<unknown> {
  const { statusCode, headers } = response
  // A redirect is not followed: its target was not checked.
  if (statusCode !== 200) throw fetchError(`The status of the response is ${statusCode}`)
  if (!/^(?:identity)?$/i.test(headers['content-encoding'] ?? ''))
    throw fetchError('The response is compressed, which was not requested')
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > longestBytes) throw fetchError(`The document has more than ${longestBytes} bytes`)
    chunks.push(chunk)
  }
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks)))
  } catch {
    throw fetchError('The document is not JSON')
  }
}

/** RFC 9111 5.2.2 */
function maxAgeOf({ headers }: IncomingMessage): number | undefined {
  const control = headers['cache-control'] ?? ''
  if (/(?:^|[\s,])no-(?:store|cache)(?=$|[\s,;=])/i.test(control)) return 0
  const [, seconds] = /(?:^|[\s,])max-age="?(\d{1,10})/i.exec(control) ?? []
  return seconds === undefined ? undefined : Number(seconds)
}

function fetchError(message: string, cause?: unknown): Error {
  return withCode('OAUTH2_KIT_FETCH', new Error(message, { cause }))
}

/** Returns an error whose message has no part of the response, and no query of the URL. */
function asFetchError({ host }: URL, error: unknown): unknown {
  const { code } = (error ?? {}) as { code?: unknown }
  if (code === 'OAUTH2_KIT_FETCH' || code === 'OAUTH2_KIT_TIMEOUT') return error
  const reason = typeof code === 'string' ? ` (${code})` : ''
  return fetchError(`The server "${host}" cannot be reached${reason}`, error)
}

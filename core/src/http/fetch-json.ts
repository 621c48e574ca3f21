import type { LookupAddress } from 'node:dns'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import type { LookupFunction } from 'node:net'
import { timeoutAfter } from '../async/timeout'
import { RefusedDocumentError, fetchError } from './fetch-errors'
import { type Answer, type DocumentRules, type JsonDocument, jsonDocumentIn } from './json-document'
import { type Network, allowedAddresses, publicNetwork } from './network'
import { parsedUrl } from '../values/parsed-url'

/** How a document is fetched. */
export interface FetchOptions extends DocumentRules {
  /** The maximum time for everything, in milliseconds. */
  timeoutMs: number
  /** The media types to request. @default 'application/json' */
  accept?: string
}

/** How `fetchJson()` fetches. */
export interface GuardedFetchOptions extends FetchOptions {
  /** The option that replaces this client, for messages. @default 'fetchJwks' */
  replacedBy?: string
  /** @default the DNS, and public addresses only */
  network?: Network
}

/** A function with the contract of the global `fetch()`. It must not follow redirects. */
export type Fetch = (url: string, init: FetchInit) => Promise<FetchResponse>

/** What `fetch()` receives besides the URL. */
export interface FetchInit {
  redirect: 'manual'
  headers: Record<string, string>
  /** Aborts when the time is up, and when the response is no longer needed. */
  signal: AbortSignal
}

/** The part of a `Response` that is used, so that those of libraries are accepted too. */
export interface FetchResponse {
  readonly status: number
  readonly headers: { get(name: string): string | null }
  readonly body: object | null
  readonly redirected: boolean
}

/**
 * Fetches a JSON document from a URL that somebody else has chosen, such as a client's `jwks_uri`.
 * Such a URL must not make this server call services of its own network. So the URL must be https,
 * every address of its host must be public, the connection goes to the addresses that were checked,
 * and redirects are not followed. Throws a RefusedDocumentError if the document is not accepted or
 * must not be fetched, and another Error, with the code `OAUTH2_KIT_FETCH` or `OAUTH2_KIT_TIMEOUT`, if
 * it cannot be fetched.
 */
export async function fetchJson(
  url: string,
  { replacedBy = 'fetchJwks', network = publicNetwork, ...options }: GuardedFetchOptions,
): Promise<JsonDocument> {
  const target = fetchableUrl(url)
  return documentInTime(target, options, async (signal) => {
    const addresses = await allowedAddresses(target, network, replacedBy)
    signal.throwIfAborted()
    return responseOf(target, addresses, network, headersFor(options), signal)
  })
}

/** Does the same by a function of the application, which decides where it connects to. */
export async function fetchJsonBy(
  fetch: Fetch,
  name: string,
  url: string,
  options: FetchOptions,
): Promise<JsonDocument> {
  return documentInTime(fetchableUrl(url), options, async (signal) => {
    const init = { redirect: 'manual', headers: headersFor(options), signal } as const
    return answerIn(await fetch(url, init), name)
  })
}

async function documentInTime(
  target: URL,
  options: FetchOptions,
  answerOf: (signal: AbortSignal) => Promise<Answer>,
): Promise<JsonDocument> {
  const controller = new AbortController()
  try {
    return await timeoutAfter(options.timeoutMs)(
      async () => jsonDocumentIn(await answerOf(controller.signal), options),
      `The server "${target.host}"`,
    )
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
  if (problem !== undefined) throw new RefusedDocumentError(`The URL ${problem}`)
  return new URL(url)
}

function headersFor({ accept = 'application/json' }: FetchOptions): Record<string, string> {
  return { accept, 'user-agent': 'oauth2-kit' }
}

/** Resolves with the response, of which only the headers have been read. */
async function responseOf(
  url: URL,
  addresses: LookupAddress[],
  { ca }: Network,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<Answer> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const options = {
      headers: { ...headers, 'accept-encoding': 'identity' },
      lookup: pinnedTo(addresses),
      // A connection that is kept open could skip the check of the address.
      agent: false,
      signal,
      ca,
    }
    request(url, options, resolve).on('error', reject).end()
  })
  const { statusCode: status, headers: received } = response
  if (status === 200 && !/^(?:identity)?$/i.test(received['content-encoding'] ?? ''))
    throw new RefusedDocumentError('The response is compressed, which was not requested')
  return {
    status,
    header: (name) => received[name]?.toString(),
    body: response as AsyncIterable<Buffer>,
  }
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

/** Returns the answer in what a function of the application resolved with. */
function answerIn(response: unknown, name: string): Answer {
  // Not only an instance of the global class: libraries have classes of their own.
  const { status, headers, body, redirected } = (response ?? {}) as Partial<FetchResponse>
  if (typeof status !== 'number' || typeof headers?.get !== 'function' || body === undefined)
    throw fetchError(`"${name}" must resolve with a Response, as fetch() does`)
  if (redirected)
    throw new RefusedDocumentError(
      `The response was redirected: "${name}" must pass on { redirect: 'manual' }`,
    )
  return {
    status,
    header: (header) => headers.get(header),
    body: (body ?? noBytes()) as AsyncIterable<Uint8Array>,
  }
}

async function* noBytes(): AsyncGenerator<Uint8Array> {}

/** Returns an error whose message has no part of the response, and no query of the URL. */
function asFetchError({ host }: URL, error: unknown): unknown {
  const { code } = (error ?? {}) as { code?: unknown }
  if (code === 'OAUTH2_KIT_FETCH' || code === 'OAUTH2_KIT_TIMEOUT') return error
  const reason = typeof code === 'string' ? ` (${code})` : ''
  return fetchError(`The server "${host}" cannot be reached${reason}`, error)
}

import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  type BodyFormat,
  formFormat,
  jsonFormat,
  parseBody,
  parseParameters,
  readNodeBody,
} from '../http/body'
import { InvalidRequestError } from '../errors/errors'
import { isList } from '../http/headers'
import type { OAuthDetails, OAuthRequest, Values } from '../http/request'
import type { OAuthResponse } from '../http/response'

type Message = IncomingMessage & {
  ip?: string
  originalUrl?: string
  body?: unknown
  query?: unknown
  user?: unknown
  oauth?: OAuthDetails
}

/** A request of node:http or of a framework that extends it, such as Express. */
export class NodeRequest implements OAuthRequest {
  constructor(
    private readonly message: Message,
    private readonly response?: ServerResponse,
  ) {}

  get native() {
    return { request: this.message, response: this.response }
  }

  get method(): string {
    return this.message.method ?? ''
  }

  get authorization(): string | undefined {
    return this.message.headers.authorization
  }

  get contentType(): string | undefined {
    return this.message.headers['content-type']
  }

  header(name: string): string | undefined {
    return this.message.headers[name]?.toString()
  }

  get address(): string | undefined {
    // Express sets `ip` according to its trusted proxies.
    return this.message.ip ?? this.message.socket?.remoteAddress
  }

  get path(): string {
    const path = pathOf(this.message)
    // RFC 9112 3.2.2: a proxy may send the whole URL. Its path is cut out as Express does, because
    // `URL` would find another one in "http:///path".
    const rest = /^[a-z][a-z0-9+.-]*:\/\/[^/]*(.*)$/i.exec(path)?.[1]
    return rest === undefined ? path : rest || '/'
  }

  get search(): string {
    return searchOf(this.message)
  }

  get query(): Values {
    const { search } = this
    // The URL is read even if the framework has parsed it: its parser may be off or a custom one.
    if (search !== '') return parseParameters(search)
    // Without a query in the URL, a middleware may have set one. The parser of Express 5 would run
    // on each access, so only an own property is read.
    return Object.hasOwn(this.message, 'query') ? ((this.message.query ?? {}) as Values) : {}
  }

  get body(): Values | undefined {
    const { body } = this.message
    if (typeof body === 'string' || body instanceof Uint8Array) return undefined
    return typeof body === 'object' && body !== null ? (body as Values) : undefined
  }

  async form(): Promise<Values> {
    const parsed = this.#parsed
    if (!parsed) return this.#read(formFormat)
    if (countOf(parsed) >= usualLimit) throw new InvalidRequestError('Too many parameters')
    return parsed
  }

  async json(): Promise<unknown> {
    return this.#parsed ?? this.#read(jsonFormat)
  }

  /** The body, if a body parser has read something. Some set an empty object without reading. */
  get #parsed(): Values | undefined {
    const { body } = this
    const { readableDidRead, readableEnded } = this.message
    const isRead = readableDidRead || readableEnded
    return body && (isRead || Object.keys(body).length > 0) ? body : undefined
  }

  async #read<T>(format: BodyFormat<T>): Promise<T> {
    const { body } = this.message
    // Serverless adapters and `express.raw()` pass the body as it was sent.
    const isRaw = typeof body === 'string' || body instanceof Uint8Array
    const value =
      isRaw && body.length > 0 ? parseBody(body, format) : await readNodeBody(this.message, format)
    // The application finds the value there too.
    this.message.body = value
    return value
  }

  expose(name: 'user' | 'oauth', value: unknown): void {
    // Keeps requests out of V8's dictionary mode, to which a computed name would switch them.
    // Measured by "npm run bench -- tricks", "user and oauth of a request":
    // Node 20: 62 → 34 ns, Node 22: 56 → 40, Node 24: 49 → 42.
    if (name === 'user') this.message.user = value
    else this.message.oauth = value as OAuthDetails
  }

  /** The values set by `expose()`. */
  get exposed(): Pick<Message, 'user' | 'oauth'> {
    return this.message
  }
}

// The maximum number of parameters in the parsers that Express uses.
const usualLimit = 1000

function countOf(form: Values): number {
  return Object.values(form).reduce<number>(
    (count, value) => count + (Array.isArray(value) ? value.length : 1),
    0,
  )
}

/** Returns the full request path, regardless of the mount path. */
export function pathOf({ originalUrl, url = '' }: Message): string {
  const whole = originalUrl ?? url
  const at = whole.indexOf('?')
  return at === -1 ? whole : whole.slice(0, at)
}

/** Returns the path below which a middleware is mounted, such as `/auth`. Empty for the root. */
export function mountOf({ originalUrl, url = '' }: Message): string {
  if (originalUrl === undefined || originalUrl === url) return ''
  const whole = pathOf({ originalUrl } as Message)
  const rest = pathOf({ url } as Message)
  if (whole.endsWith(rest)) return whole.slice(0, -rest.length)
  return rest === '/' ? whole : ''
}

/** Returns the query string of a request, without the question mark. */
export function searchOf({ url = '' }: Message): string {
  const at = url.indexOf('?')
  return at === -1 ? '' : url.slice(at + 1)
}

/**
 * Returns whether a response can still be written. The application, another middleware or a timeout
 * may have answered already, or the client may have disconnected.
 */
export function isOpen(response: ServerResponse): boolean {
  const { stream } = response as { stream?: { destroyed?: boolean } }
  return (
    !response.headersSent &&
    !response.writableEnded &&
    !response.destroyed &&
    // HTTP/2 throws if a header is set on a destroyed stream.
    !stream?.destroyed
  )
}

/**
 * Sends the response with its length, and without the work that Express would add. Returns false if
 * the response was no longer open.
 */
export function send(response: ServerResponse, { status, headers, body }: OAuthResponse): boolean {
  if (!isOpen(response)) return false
  const length = Buffer.byteLength(body)
  response.statusCode = status
  for (const name of Object.keys(headers)) response.setHeader(name, headers[name]!)
  response.setHeader('Content-Length', length)
  response.end(body)
  return true
}

/** Sets headers that are not set yet and appends to list headers. `null` removes the header. */
export function setHeaders(
  response: ServerResponse,
  headers: Readonly<Record<string, string | null>>,
): void {
  if (!isOpen(response)) return
  for (const [name, value] of Object.entries(headers)) {
    if (value === null) response.removeHeader(name)
    else if (isList(name)) response.appendHeader(name, value)
    else if (!response.hasHeader(name)) response.setHeader(name, value)
  }
}

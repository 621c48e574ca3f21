import type { IncomingMessage, ServerResponse } from 'node:http'
import { parseParameters, readForm } from '../http/body'
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

/** A request of node:http, and of the frameworks that add to it, such as Express. */
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
    // Express knows which proxies are to be believed.
    return this.message.ip ?? this.message.socket?.remoteAddress
  }

  get search(): string {
    return searchOf(this.message)
  }

  get query(): Values {
    // Express 5 parses it anew each time it is read, and most requests have none.
    if (!Object.hasOwn(this.message, 'query') && !this.message.url?.includes('?')) return {}
    const { search } = this
    const parsed = this.message.query as Values | undefined
    if (!parsed) return parseParameters(search)
    // Parsers stop at their limit, and would not show what is repeated behind it.
    return isLong(search) ? { ...parsed, ...parseParameters(search) } : parsed
  }

  get body(): Values | undefined {
    const { body } = this.message
    return typeof body === 'object' && body !== null ? (body as Values) : undefined
  }

  async form(): Promise<Values> {
    // Some body parsers leave an empty object where they read nothing.
    const parsed = this.body
    const { readableDidRead, readableEnded } = this.message
    if (parsed && (readableDidRead || readableEnded || Object.keys(parsed).length > 0)) {
      if (countOf(parsed) >= usualLimit) throw new InvalidRequestError('Too many parameters')
      return parsed
    }
    const form = await readForm(this.message)
    // Kept where the application finds it too.
    this.message.body = form
    return form
  }

  expose(name: 'user' | 'oauth', value: unknown): void {
    // By their names, not by a name that varies: that would make a dictionary of every request, also
    // of those that are quicker as they are.
    if (name === 'user') this.message.user = value
    else this.message.oauth = value as OAuthDetails
  }

  /** What was exposed. */
  get exposed(): Pick<Message, 'user' | 'oauth'> {
    return this.message
  }
}

// The limit of the parsers that Express uses.
const usualLimit = 1000

function countOf(form: Values): number {
  return Object.values(form).reduce<number>(
    (count, value) => count + (Array.isArray(value) ? value.length : 1),
    0,
  )
}

function isLong(search: string): boolean {
  // Parsers count empty pairs too, and those are one character each.
  return search.length >= usualLimit && search.split('&').length > usualLimit
}

/** The path that the client has asked for, wherever in the application this is mounted. */
export function pathOf({ originalUrl, url = '' }: Message): string {
  const whole = originalUrl ?? url
  const at = whole.indexOf('?')
  return at === -1 ? whole : whole.slice(0, at)
}

/** The query of a request as text. */
export function searchOf({ url = '' }: Message): string {
  const at = url.indexOf('?')
  return at === -1 ? '' : url.slice(at + 1)
}

/**
 * Whether a response can still be written: the application, another middleware or a timeout may have
 * answered while we waited, and the client may be gone.
 */
export function isOpen(response: ServerResponse): boolean {
  const { stream } = response as { stream?: { destroyed?: boolean } }
  return (
    !response.headersSent &&
    !response.writableEnded &&
    !response.destroyed &&
    // HTTP/2 has it here, and throws at a header for a stream that is gone.
    !stream?.destroyed
  )
}

/**
 * Writes the answer at once, with its length, past what Express would compute about it. Returns
 * false if the response was not open any more.
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

/** Sets the headers that are not set yet, and adds to lists; `null` takes one away. */
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

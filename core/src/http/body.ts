import type { IncomingMessage } from 'node:http'
import { parse } from 'node:querystring'
import { InvalidRequestError } from '../errors/errors'
import type { Values } from './request'

/** What a body contains. */
export interface BodyFormat<T> {
  /** Names it in error messages. */
  readonly name: string
  /** The maximum size of the body in bytes. */
  readonly largest: number
  /** Returns the value. Throws an `invalid_request` if the body is malformed. */
  readonly parse: (body: string | Uint8Array) => T
}

/** The maximum size of a form in bytes. */
export const largestForm = 100 * 1024

/** A form (RFC 6749 B). */
export const formFormat: BodyFormat<Values> = {
  name: 'a form',
  largest: largestForm,
  parse: parseForm,
}

/** The maximum size of a JSON document in bytes. */
export const largestJson = 32 * 1024

/** A JSON document (RFC 8259). */
export const jsonFormat: BodyFormat<unknown> = {
  name: 'JSON',
  largest: largestJson,
  parse: parseJson,
}

/** Reads the body of a request whose body has not been read yet. */
export async function readNodeBody<T>(
  request: IncomingMessage,
  { name, largest, parse }: BodyFormat<T>,
): Promise<T> {
  // Such a stream would never emit another event, and the promise would never settle.
  if (request.readableDidRead || request.destroyed) {
    throw new InvalidRequestError(`The body has already been read, but not as ${name}`)
  }
  // An empty body has already ended.
  if (request.readableEnded) return parse('')
  assertPlain(request.headers['content-encoding'])
  return parse(await bytesOf(request, largest))
}

/** Reads the body of a web-standard request. */
export async function readWebBody<T>(
  request: Request,
  { largest, parse }: BodyFormat<T>,
): Promise<T> {
  if (request.bodyUsed) throw new InvalidRequestError('The body has already been read')
  assertPlain(request.headers.get('content-encoding') ?? undefined)
  const chunks: Uint8Array[] = []
  let length = 0
  try {
    for await (const chunk of request.body ?? []) {
      length += chunk.length
      // The rest is read and dropped, so that the response still reaches the client.
      if (length <= largest) chunks.push(chunk)
    }
  } catch (cause) {
    throw aborted(cause)
  }
  if (length > largest) throw tooLarge()
  return parse(Buffer.concat(chunks))
}

function assertPlain(encoding: string | undefined): void {
  if (encoding !== undefined && encoding !== 'identity') {
    throw new InvalidRequestError('The Content-Encoding is not supported')
  }
}

/** Parses a body that something else has read but not parsed. */
export function parseBody<T>(body: string | Uint8Array, { largest, parse }: BodyFormat<T>): T {
  if (body.length > largest) throw tooLarge()
  return parse(body)
}

function parseJson(body: string | Uint8Array): unknown {
  try {
    // RFC 8259 8.1: the encoding is UTF-8.
    const text = typeof body === 'string' ? body : utf8.decode(body)
    return JSON.parse(text) as unknown
  } catch {
    throw new InvalidRequestError('The body is not JSON')
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

function parseForm(body: string | Uint8Array): Values {
  const text = typeof body === 'string' ? body : Buffer.from(body).toString('utf8')
  assertDecodable(text)
  return parseParameters(text)
}

/**
 * Returns all parameters of a query or a form. By default, the parser stops at 1000 parameters and
 * would hide repeated ones after that.
 */
export function parseParameters(text: string): Values {
  const values = parse(text, '&', '=', { maxKeys: 0 })
  return /\[|%5b/i.test(text) ? withNested(values) : values
}

/**
 * Adds each parameter such as `scope[]` or `scope[a]` under its plain name as a list, as common
 * parsers read it, so that it is refused where one text is needed.
 */
function withNested(values: Values): Values {
  const all: Record<string, unknown> = { __proto__: null, ...values }
  for (const name of Object.keys(values)) {
    const [plain = '', nested] = name.split('[', 2)
    if (nested !== undefined && plain !== '') all[plain] = [all[plain], values[name]].flat()
  }
  return all
}

function aborted(cause?: unknown): InvalidRequestError {
  return new InvalidRequestError('The request was aborted', cause)
}

/** The body is larger than the server reads. */
export class BodyTooLargeError extends InvalidRequestError {}

function tooLarge(): BodyTooLargeError {
  return new BodyTooLargeError('The body is too large')
}

/** Throws an `invalid_request` if a query or a form has an invalid percent-encoding. */
export function assertDecodable(text: string): void {
  if (text.includes('%') && !isDecodable(text)) throw malformedParameters()
}

export function malformedParameters(): InvalidRequestError {
  return new InvalidRequestError('The parameters are malformed')
}

/** Returns the names of the parameters in a query that have an invalid percent-encoding. */
export function undecodable(search: string): ReadonlySet<string> {
  const pairs = search.includes('%') ? search.split('&').filter((pair) => !isDecodable(pair)) : []
  return new Set(pairs.flatMap((pair) => Object.keys(parse(pair))))
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}

function bytesOf(request: IncomingMessage, largest: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let length = 0
    request
      .on('data', (chunk: Buffer) => {
        length += chunk.length
        // The rest is read and dropped, so that the response still reaches the client.
        if (length > largest) reject(tooLarge())
        else chunks.push(chunk)
      })
      .on('end', () => resolve(Buffer.concat(chunks)))
      // Node's own error (`aborted`) must not be mistaken for an error of the store.
      .on('error', (cause) => reject(aborted(cause)))
      .on('close', () => {
        // 'close' also follows 'end', and creating an error then would be expensive.
        if (!request.readableEnded) reject(aborted())
      })
  })
}

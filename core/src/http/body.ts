import type { IncomingMessage } from 'node:http'
import { parse } from 'node:querystring'
import { InvalidRequestError } from '../errors/errors'
import type { Values } from './request'

/** The largest form that is read, in bytes. */
export const largestForm = 100 * 1024

/** Reads a form (RFC 6749 B) of a request whose body nobody has read yet. */
export async function readForm(request: IncomingMessage): Promise<Values> {
  // It would never end, and never say anything.
  if (request.readableDidRead || request.destroyed) {
    throw new InvalidRequestError('The body was read before, and not as a form')
  }
  // An empty one has ended before anybody reads it.
  if (request.readableEnded) return {}
  assertPlain(request.headers['content-encoding'])
  return parseForm(await readBody(request))
}

/** The same of a web-standard request. */
export async function readWebForm(request: Request): Promise<Values> {
  if (request.bodyUsed) throw new InvalidRequestError('The body was read before')
  assertPlain(request.headers.get('content-encoding') ?? undefined)
  const chunks: Uint8Array[] = []
  let length = 0
  try {
    for await (const chunk of request.body ?? []) {
      length += chunk.length
      // The rest is read and dropped, so that the answer still reaches the client.
      if (length <= largestForm) chunks.push(chunk)
    }
  } catch (cause) {
    throw aborted(cause)
  }
  if (length > largestForm) throw tooLarge()
  return parseForm(Buffer.concat(chunks))
}

function assertPlain(encoding: string | undefined): void {
  if (encoding !== undefined && encoding !== 'identity') {
    throw new InvalidRequestError('The Content-Encoding is not supported')
  }
}

function parseForm(bytes: Buffer): Values {
  const text = bytes.toString('utf8')
  assertDecodable(text)
  return parseParameters(text)
}

/**
 * The parameters of a query or a form: all of them, so that none is repeated unseen behind the
 * thousand at which the parser stops by default.
 */
export function parseParameters(text: string): Values {
  return parse(text, '&', '=', { maxKeys: 0 })
}

function aborted(cause?: unknown): InvalidRequestError {
  return new InvalidRequestError('The request was aborted', cause)
}

function tooLarge(): InvalidRequestError {
  return new InvalidRequestError('The body is too large')
}

/**
 * Throws an `invalid_request` if text of a URL or a form has a percent sign that starts no
 * character.
 */
export function assertDecodable(text: string): void {
  if (text.includes('%') && !isDecodable(text)) throw malformedParameters()
}

export function malformedParameters(): InvalidRequestError {
  return new InvalidRequestError('The parameters are malformed')
}

/**
 * The parameters of a URL whose names or values have a percent sign that starts no character.
 */
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

function readBody(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let length = 0
    request
      .on('data', (chunk: Buffer) => {
        length += chunk.length
        // What comes after is read and dropped, so that the answer still reaches the client.
        if (length > largestForm) reject(tooLarge())
        else chunks.push(chunk)
      })
      .on('end', () => resolve(Buffer.concat(chunks)))
      // Node's own error says `aborted`, and must not be taken for one of the store.
      .on('error', (cause) => reject(aborted(cause)))
      .on('close', () => {
        // It closes after its end too, and an error costs more than all else here.
        if (!request.readableEnded) reject(aborted())
      })
  })
}

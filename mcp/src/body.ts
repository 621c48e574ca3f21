import type { IncomingMessage } from 'node:http'
import { InvalidRequestError } from '@oauth2-kit/core'

/** The maximum size of a body in bytes: the same as in the MCP SDK. */
export const largestBody = 4 * 1024 * 1024

/** A request of node:http or Express. A body parser sets `body`, and body-parser `_body`. */
export type NodeMessage = IncomingMessage & { body?: unknown; _body?: boolean }

/**
 * Resolves with the JSON in the body. If no body parser has read it, this reads it and sets
 * `request.body`. Throws an `invalid_request` if it cannot be read.
 */
export async function nodeBody(request: NodeMessage): Promise<unknown> {
  const { body } = request
  const isRaw = typeof body === 'string' || body instanceof Uint8Array
  // Some body parsers set an empty object although they have read nothing.
  const wasRead = request.readableDidRead || request.readableEnded
  const isParsed = typeof body === 'object' && body !== null && !isRaw
  if (isParsed && (wasRead || Object.keys(body).length > 0)) return body
  const bytes = isRaw && body.length > 0 ? Buffer.from(body as string) : await readNode(request)
  if (bytes.length > largestBody) throw tooLarge()
  request.body = parsed(bytes)
  // A parser of Express that runs later must not try to read the body again.
  request._body = true
  return request.body
}

/**
 * Resolves with the JSON in the body of a web-standard request, which can still be read afterwards.
 * Throws an `invalid_request` if it cannot be read.
 */
export async function webBody(request: Request): Promise<unknown> {
  if (request.bodyUsed) throw alreadyRead()
  assertPlain(request.headers.get('content-encoding') ?? undefined)
  const reader = request.clone().body?.getReader()
  const chunks: Uint8Array[] = []
  let length = 0
  for (;;) {
    const read = await reader?.read().catch((cause: unknown) => {
      throw aborted(cause)
    })
    if (!read?.value) return parsed(Buffer.concat(chunks))
    length += read.value.length
    if (length > largestBody) break
    chunks.push(read.value)
  }
  // Not awaited: the cancellation of a clone waits until the request itself has been read too.
  reader?.cancel().catch(() => {})
  throw tooLarge()
}

function readNode(request: IncomingMessage): Promise<Buffer> {
  // Such a stream would never emit another event.
  if (request.readableDidRead || request.readableEnded || request.destroyed) throw alreadyRead()
  assertPlain(request.headers['content-encoding'])
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let length = 0
    request
      .on('data', (chunk: Buffer) => {
        length += chunk.length
        // The rest is read and dropped, so that the response still reaches the client.
        if (length > largestBody) reject(tooLarge())
        else chunks.push(chunk)
      })
      .on('end', () => resolve(Buffer.concat(chunks)))
      .on('error', (cause) => reject(aborted(cause)))
      .on('close', () => {
        if (!request.readableEnded) reject(aborted())
      })
  })
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    throw new InvalidRequestError('The body is not JSON')
  }
}

function assertPlain(encoding: string | undefined): void {
  if (encoding !== undefined && encoding !== 'identity')
    throw new InvalidRequestError('The Content-Encoding is not supported')
}

function aborted(cause?: unknown): InvalidRequestError {
  return new InvalidRequestError('The request was aborted', cause)
}

function alreadyRead(): InvalidRequestError {
  return new InvalidRequestError('The body has already been read, but not as JSON')
}

function tooLarge(): InvalidRequestError {
  return new InvalidRequestError('The body is too large')
}

import type { IncomingMessage } from 'node:http'
import { parse } from 'node:querystring'
import { InvalidRequestError } from '../errors'
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
  const encoding = request.headers['content-encoding']
  if (encoding !== undefined && encoding !== 'identity') {
    throw new InvalidRequestError('The Content-Encoding is not supported')
  }
  const text = (await readBody(request)).toString('utf8')
  assertDecodable(text)
  return parse(text)
}

/**
 * Throws an `invalid_request` if text of a URL or a form has a percent sign that starts no
 * character.
 */
export function assertDecodable(text: string): void {
  if (!text.includes('%')) return
  try {
    decodeURIComponent(text)
  } catch {
    throw new InvalidRequestError('The parameters are malformed')
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
        if (length > largestForm) reject(new InvalidRequestError('The body is too large'))
        else chunks.push(chunk)
      })
      .on('end', () => resolve(Buffer.concat(chunks)))
      .on('error', reject)
      .on('close', () => reject(new InvalidRequestError('The request was aborted')))
  })
}

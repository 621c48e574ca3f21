import { RefusedDocumentError, fetchError } from './fetch-errors'

/** A JSON document of another server. */
export interface JsonDocument {
  value: unknown
  /**
   * The seconds for which the response says that it is fresh (RFC 9111 4.2); 0 for `no-store` and
   * `no-cache`. Undefined means that it does not say.
   */
  maxAge: number | undefined
}

/** What a document must be like. */
export interface DocumentRules {
  /** The maximum size of the document, in bytes. */
  longestBytes: number
  /** The media types that are accepted. @default any */
  mediaType?: RegExp
}

/** A response whose body has not been read yet. */
export interface Answer {
  status: number | undefined
  /** Returns a header. */
  header(name: string): string | null | undefined
  body: AsyncIterable<Uint8Array>
}

/** The statuses below 500 after which another attempt may succeed: timeout, too early, too many. */
const temporary = [408, 425, 429]

/**
 * Reads the document of a response. Throws a RefusedDocumentError if it is not one that follows the
 * rules, or another Error if the server has failed.
 */
export async function jsonDocumentIn(
  answer: Answer,
  { longestBytes, mediaType }: DocumentRules,
): Promise<JsonDocument> {
  assertStatus(answer.status)
  const type = answer.header('content-type') ?? ''
  if (mediaType && !mediaType.test(type))
    throw new RefusedDocumentError(`The document has the wrong Content-Type: it must be JSON`)
  const value = parsed(await bytesOf(answer.body, longestBytes))
  return { value, maxAge: freshSeconds((name) => answer.header(name) ?? undefined) }
}

function assertStatus(status = 0): void {
  if (status === 200) return
  const says = `The status of the response is ${status}`
  if (status >= 500 || temporary.includes(status)) throw fetchError(says)
  // A redirect is not followed: its target was not checked.
  const isRedirect = status >= 300 && status < 400
  throw new RefusedDocumentError(isRedirect ? `${says}: redirects are not followed` : says)
}

async function bytesOf(body: AsyncIterable<Uint8Array>, longestBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of body) {
    length += chunk.length
    if (length > longestBytes)
      throw new RefusedDocumentError(`The document has more than ${longestBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    throw new RefusedDocumentError('The document is not JSON')
  }
}

/**
 * Returns for how many seconds a response stays fresh (RFC 9111 4.2), by `Cache-Control`, or else by
 * `Expires`. Its `Age` counts. Undefined means that it has neither.
 */
function freshSeconds(header: (name: string) => string | undefined): number | undefined {
  const control = header('cache-control') ?? ''
  if (/(?:^|[\s,])no-(?:store|cache)(?=$|[\s,;=])/i.test(control)) return 0
  const [, maxAge] = /(?:^|[\s,])max-age="?(\d{1,10})/i.exec(control) ?? []
  const lifetime = maxAge === undefined ? untilExpires(header) : Number(maxAge)
  const [age] = /^\d{1,10}$/.exec(header('age') ?? '') ?? ['0']
  return lifetime === undefined ? undefined : Math.max(lifetime - Number(age), 0)
}

function untilExpires(header: (name: string) => string | undefined): number | undefined {
  const expires = header('expires')
  if (expires === undefined) return undefined
  const sent = Date.parse(header('date') ?? '')
  const seconds = (Date.parse(expires) - (Number.isNaN(sent) ? Date.now() : sent)) / 1000
  // RFC 9111 5.3: a wrong date, such as 0, has passed.
  return Number.isNaN(seconds) ? 0 : Math.max(Math.floor(seconds), 0)
}

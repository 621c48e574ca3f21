import { STATUS_CODES } from 'node:http'

/** The response of an endpoint, independent of the framework. */
export interface OAuthResponse {
  status: number
  headers: Record<string, string>
  body: string
}

/** RFC 6749 5.1: responses with tokens, or with errors about them, must not be cached. */
export const noStore = Object.freeze({ 'Cache-Control': 'no-store', Pragma: 'no-cache' })

/** Returns a JSON response. */
export function jsonResponse(
  status: number,
  body: object,
  headers: Record<string, string>,
): OAuthResponse {
  return {
    status,
    headers: { ...headers, 'Content-Type': 'application/json; charset=utf-8' },
    body: JSON.stringify(body),
  }
}

/** Returns a response that redirects the browser. */
export function redirectResponse(status: number, uri: string): OAuthResponse {
  // A header must be ASCII, so other characters are encoded. Encoded ones do not change.
  const location = uri.toWellFormed().replace(/[^\x21-\x7e]+/g, encodeURI)
  return {
    status,
    headers: { ...noStore, Location: location, 'Content-Type': 'text/plain; charset=utf-8' },
    // The same text as Express writes.
    body: `${STATUS_CODES[status]}. Redirecting to ${location}`,
  }
}

/** Returns a plain text response, for example for an unknown path. */
export function textResponse(
  status: number,
  body: string,
  headers: Record<string, string> = {},
): OAuthResponse {
  return {
    status,
    headers: { ...headers, 'Content-Type': 'text/plain; charset=utf-8' },
    body,
  }
}

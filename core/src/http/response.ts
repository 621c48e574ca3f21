/** What an endpoint answers, whatever framework it goes out through. */
export interface OAuthResponse {
  status: number
  headers: Record<string, string>
  body: string
}

/** RFC 6749 5.1: what carries tokens or errors about them is never cached. */
export const noStore = Object.freeze({ 'Cache-Control': 'no-store', Pragma: 'no-cache' })

/** A JSON answer. */
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

/** A redirect of the browser. */
export function redirectResponse(status: number, uri: string): OAuthResponse {
  // A header is ASCII; what is encoded already stays as it is.
  const location = uri.toWellFormed().replace(/[^\x21-\x7e]+/g, encodeURI)
  return {
    status,
    headers: { ...noStore, Location: location, 'Content-Type': 'text/plain; charset=utf-8' },
    body: `Redirecting to ${location}`,
  }
}

/** An answer of a few words, for a program that asked for what is not there. */
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

import { parsedUrl } from '../values/parsed-url'

/**
 * Returns a URL in a form in which equal URLs are equal text, without its query and fragment (RFC
 * 3986 6.2.2 and 6.2.3, RFC 9449 4.3): scheme and host in lower case, no default port, no dot
 * segments, percent-encoding in upper case and only where it is needed. Returns `undefined` unless
 * the text is an http or https URL without user information.
 */
export function comparableUrl(text: string): string | undefined {
  const url = parsedUrl(text)
  if (!url) return undefined
  const { protocol, username, password, host, pathname } = url
  if (!/^https?:$/.test(protocol) || username !== '' || password !== '') return undefined
  return `${protocol}//${host}${pathname.replace(/%[0-9a-f]{2}/gi, normalized)}`
}

/**
 * Returns whether the path of a URL is not what a router may take it for: `URL` resolves dot segments
 * and turns backslashes around, but a framework need not.
 */
export function isAmbiguous(url: string): boolean {
  const path = url.split(/[?#]/, 1)[0]!.replace(/^[^:]*:\/\/[^/]*/, '')
  return /\/(?:\.|%2e){1,2}(?:\/|$)|\\/i.test(path)
}

/** Decodes an encoded character that needs no encoding (RFC 3986 2.3). */
function normalized(encoded: string): string {
  const character = String.fromCharCode(parseInt(encoded.slice(1), 16))
  return /[A-Za-z0-9._~-]/.test(character) ? character : encoded.toUpperCase()
}

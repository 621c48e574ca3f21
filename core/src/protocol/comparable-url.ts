/**
 * Returns a URL in a form in which equal URLs are equal text, without its query and fragment (RFC
 * 3986 6.2.2 and 6.2.3, RFC 9449 4.3): scheme and host in lower case, no default port, no dot
 * segments, percent-encoding in upper case and only where it is needed. Returns `undefined` unless
 * the text is an http or https URL without user information.
 */
export function comparableUrl(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined
  const { protocol, username, password, host, pathname } = new URL(text)
  if (!/^https?:$/.test(protocol) || username !== '' || password !== '') return undefined
  return `${protocol}//${host}${pathname.replace(/%[0-9a-f]{2}/gi, normalized)}`
}

/** Decodes an encoded character that needs no encoding (RFC 3986 2.3). */
function normalized(encoded: string): string {
  const character = String.fromCharCode(parseInt(encoded.slice(1), 16))
  return /[A-Za-z0-9._~-]/.test(character) ? character : encoded.toUpperCase()
}

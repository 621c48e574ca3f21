// RFC 8252 7.3: only the loopback IP literals, never the name localhost, and only with http.
const loopback = /^http:\/\/(?:127\.0\.0\.1|\[::1\])(?::\d{1,5})?(?=[/?]|$)/

/**
 * The registered URI that the asked one equals, character by character but for a loopback port;
 * else `undefined`.
 */
export function isRegisteredRedirectUri(asked: string, registered: readonly string[]): boolean {
  if (registered.includes(asked)) return true
  const port = loopback.exec(asked)
  // Digits alone make no port.
  if (!port || !URL.canParse(asked)) return false
  const path = asked.slice(port[0].length)
  const host = hostOf(port[0])
  return registered.some((uri) => {
    const found = loopback.exec(uri)
    return found !== null && hostOf(found[0]) === host && uri.slice(found[0].length) === path
  })
}

/**
 * Why a redirect URI must not be registered, or `undefined` if it may (RFC 6749 3.1.2, RFC 9700
 * 2.1, RFC 8252 7).
 */
export function redirectUriProblem(uri: string): string | undefined {
  // eslint-disable-next-line no-control-regex
  if (/[\u0000-\u0020\u007f"<>\\^`{|}]/.test(uri) || !URL.canParse(uri)) return 'is no absolute URI'
  // A URL parser puts the slashes in, but the comparison is by characters.
  if (/^https?:(?!\/\/[^/])/i.test(uri)) return 'is no absolute URI'
  const { protocol, hostname, username, password } = new URL(uri)
  if (uri.includes('#')) return 'has a fragment'
  if (username || password) return 'has a user name or password'
  if (protocol === 'https:') return undefined
  if (protocol === 'http:') {
    return /^(?:localhost|127\.0\.0\.1|\[::1\])$/.test(hostname)
      ? undefined
      : 'is neither https nor loopback'
  }
  // RFC 8252 7.1: a private-use scheme is a reversed domain name; this leaves out javascript:,
  // data: and their like.
  return protocol.includes('.')
    ? undefined
    : 'has a scheme that is neither https nor a reversed domain name'
}

/** The URI with parameters added to the query that it may have already (RFC 6749 4.1.2). */
export function withParameters(
  uri: string,
  parameters: Record<string, string | undefined>,
): string {
  const [base, fragment] = splitOnce(uri, '#')
  const query = Object.entries(parameters)
    .filter((entry): entry is [string, string] => entry[1] !== undefined)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&')
  const mark = !base.includes('?') ? '?' : /[?&]$/.test(base) ? '' : '&'
  return base + mark + query + fragment
}

function hostOf(origin: string): string {
  return origin.replace(/:\d+$/, '')
}

function splitOnce(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark)
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at)]
}

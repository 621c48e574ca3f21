import { parse } from 'node:querystring'
import { longestParameter } from '../http/request'

// RFC 8252 7.3: only the loopback IP literals, never the name localhost, and only with http.
const loopback = /^http:\/\/(?:127\.0\.0\.1|\[::1\])(?::\d{1,5})?(?=[/?]|$)/

/** A client, as far as its redirect URIs go. */
export interface RegisteredFor {
  readonly type: 'public' | 'confidential'
  readonly redirectUris: readonly string[]
}

/**
 * Whether the URI is registered for the client: character by character, but for the port of a
 * loopback URI, which a native app can't know before it runs.
 */
export function isRegisteredRedirectUri(
  asked: string,
  { type, redirectUris }: RegisteredFor,
): boolean {
  if (redirectUris.includes(asked)) return true
  // RFC 8252 8.4: native apps are public clients. Any program may listen on another port, and a
  // confidential client knows its own.
  if (type !== 'public') return false
  const port = loopback.exec(asked)
  // Digits alone make no port.
  if (!port || !URL.canParse(asked)) return false
  const path = asked.slice(port[0].length)
  const host = hostOf(port[0])
  return redirectUris.some((uri) => {
    const found = loopback.exec(uri)
    return found !== null && hostOf(found[0]) === host && uri.slice(found[0].length) === path
  })
}

/** The parameters that an answer adds to a redirect URI (RFC 6749 4.1.2, RFC 9207 2). */
const answerParameters = ['code', 'state', 'iss', 'error', 'error_description', 'error_uri']

/**
 * Why a redirect URI must not be registered, or `undefined` if it may (RFC 6749 3.1.2, RFC 9700
 * 2.1, RFC 8252 7).
 */
export function redirectUriProblem(uri: string): string | undefined {
  if (uri.length > longestParameter) return `is longer than ${longestParameter} characters`
  // RFC 3986 2: what looks like another character to a user, or to a parser, is written encoded.
  // eslint-disable-next-line no-control-regex
  if (/[^\x00-\x7f]/.test(uri)) {
    return 'has characters beyond ASCII: write them percent-encoded, and a host in Punycode'
  }
  // eslint-disable-next-line no-control-regex
  if (/[\u0000-\u0020\u007f"<>\\^`{|}]/.test(uri) || !URL.canParse(uri)) return 'is no absolute URI'
  // A URL parser puts the slashes in, but the comparison is by characters.
  if (/^https?:(?!\/\/[^/])/i.test(uri)) return 'is no absolute URI'
  const { protocol, search } = new URL(uri)
  if (uri.includes('#')) return 'has a fragment'
  if (/%(?![\da-f]{2})/i.test(uri)) return 'has a percent sign that encodes nothing'
  if (uri.includes('%00')) return 'has an encoded null character'
  // A browser takes them out before it asks.
  if (/\/(?:\.|%2e){1,2}(?:\/|$)/i.test(pathOf(uri))) return 'has a "." or ".." segment in its path'
  const taken = namesIn(search).find((name) => answerParameters.includes(name))
  // A client that reads the first of two would read one that is in every answer.
  if (taken !== undefined) return `has the parameter "${taken}" in its query, which answers have`
  if (/^[^:]*:\/\/[^/?]*@/.test(uri)) return 'has a user name or password'
  if (protocol === 'https:') return undefined
  if (protocol === 'http:') {
    // As it is written: a parser takes 2130706433 for 127.0.0.1 too, and others do not.
    return /^\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?(?:[/?]|$)/.test(uri.slice(5))
      ? undefined
      : 'is neither https nor loopback'
  }
  // RFC 8252 7.1: a private-use scheme is a reversed domain name; this leaves out javascript:,
  // data: and similar ones.
  return protocol.includes('.')
    ? undefined
    : 'has a scheme that is neither https nor a reversed domain name'
}

/** The path of a URI, behind its scheme, host and all. */
function pathOf(uri: string): string {
  return uri.split('?', 1)[0]!.replace(/^[^:]*:/, '')
}

/** The names of the parameters, as parsers of every kind read them: `a[b]=c` is `a` for some. */
function namesIn(search: string): string[] {
  const names = search.split(/[?&;]/).map((pair) => parse(pair.split('=', 1)[0] ?? ''))
  return names.flatMap((one) => Object.keys(one)).map((name) => name.split(/[[.]/, 1)[0]!.trim())
}

/** The URI with parameters added to the query that it may have already (RFC 6749 4.1.2). */
export function withParameters(
  uri: string,
  parameters: Record<string, string | undefined>,
): string {
  const [base, fragment] = splitOnce(uri, '#')
  const query = Object.entries(parameters)
    .filter((entry): entry is [string, string] => entry[1] !== undefined)
    .map(([name, value]) => `${name}=${encodeURIComponent(value.toWellFormed())}`)
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

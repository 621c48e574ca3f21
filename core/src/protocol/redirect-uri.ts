import { parse } from 'node:querystring'
import { longestParameter } from '../http/request'
import { parsedUrl } from '../values/parsed-url'

// RFC 8252 7.3: only the loopback IP literals, and only with http.
const loopback = /^http:\/\/(?:127\.0\.0\.1|\[::1\])(?::\d{1,5})?(?=[/?]|$)/
const localhost = /^http:\/\/localhost(?::\d{1,5})?(?=[/?]|$)/

/** How loopback redirect URIs are compared. */
export interface LoopbackOptions {
  /** Whether the name localhost is treated as a loopback IP literal (RFC 8252 8.3). */
  readonly anyLocalhostPort: boolean
}

/** The part of a client that concerns redirect URIs. */
export interface RegisteredFor {
  readonly type: 'public' | 'confidential'
  readonly redirectUris: readonly string[]
}

/**
 * Returns whether the URI is registered for the client. The comparison is character by character,
 * except for the port of a loopback URI, which a native app does not know before it runs.
 */
export function isRegisteredRedirectUri(
  requested: string,
  { type, redirectUris }: RegisteredFor,
  { anyLocalhostPort }: LoopbackOptions = { anyLocalhostPort: false },
): boolean {
  if (redirectUris.includes(requested)) return true
  // RFC 8252 8.4: native apps are public clients. A confidential client knows its port. On any
  // other port, a different program could be listening.
  if (type !== 'public') return false
  const origin = loopbackIn(requested, anyLocalhostPort)
  // The expression also matches a port that is out of range.
  if (!origin || !parsedUrl(requested)) return false
  const path = requested.slice(origin[0].length)
  const host = hostOf(origin[0])
  return redirectUris.some((uri) => {
    const found = loopbackIn(uri, anyLocalhostPort)
    return found !== null && hostOf(found[0]) === host && uri.slice(found[0].length) === path
  })
}

function loopbackIn(uri: string, anyLocalhostPort: boolean): RegExpExecArray | null {
  return loopback.exec(uri) ?? (anyLocalhostPort ? localhost.exec(uri) : null)
}

/** The parameters that a response adds to a redirect URI (RFC 6749 4.1.2, RFC 9207 2). */
const responseParameters = ['code', 'state', 'iss', 'error', 'error_description', 'error_uri']

/** Schemes that run a script or show content of the URI itself, or that read files. */
const dangerousSchemes = /^(?:javascript|vbscript|data|blob|file|filesystem|about|view-source):/i

/**
 * Returns why a redirect URI must not be registered, or `undefined` if it may be (RFC 6749 3.1.2,
 * RFC 9700 2.1, RFC 8252 7). `privateUseSchemes` are the schemes of apps that are allowed although
 * they are no reversed domain name, without the colon.
 */
export function redirectUriProblem(
  uri: string,
  privateUseSchemes: readonly string[] = [],
): string | undefined {
  if (uri.length > longestParameter) return `is longer than ${longestParameter} characters`
  // RFC 3986 2: a URI is ASCII. Other characters can look alike to a user or a parser.
  // eslint-disable-next-line no-control-regex
  if (/[^\x00-\x7f]/.test(uri)) {
    return 'has non-ASCII characters: percent-encode them, and write the host in Punycode'
  }
  // eslint-disable-next-line no-control-regex
  if (/[\u0000-\u0020\u007f"<>\\^`{|}]/.test(uri) || !parsedUrl(uri))
    return 'is not an absolute URI'
  // A URL parser adds missing slashes, but redirect URIs are compared character by character.
  if (/^https?:(?!\/\/[^/])/i.test(uri)) return 'is not an absolute URI'
  const { protocol, search } = new URL(uri)
  if (dangerousSchemes.test(uri)) return 'has a scheme that is never allowed'
  if (uri.includes('*')) {
    return (
      'has a wildcard, but redirect URIs are compared exactly: register each of them, or write ' +
      '%2A for a literal asterisk'
    )
  }
  if (uri.includes('#')) return 'has a fragment'
  if (/%(?![\da-f]{2})/i.test(uri)) return 'has a percent sign without two hexadecimal digits'
  if (uri.includes('%00')) return 'has an encoded null character'
  // A browser resolves such segments before it sends the request.
  if (/\/(?:\.|%2e){1,2}(?:\/|$)/i.test(pathOf(uri))) return 'has a "." or ".." segment in its path'
  const taken = namesIn(search).find((name) => responseParameters.includes(name))
  // A client that uses the first of two values would use the registered one in every response.
  if (taken !== undefined)
    return `has the parameter "${taken}" in its query, which is reserved for responses`
  if (/^[^:]*:\/\/[^/?]*@/.test(uri)) return 'has a user name or password'
  if (protocol === 'https:') return undefined
  if (protocol === 'http:') {
    // The literal text is checked, because some parsers treat 2130706433 as 127.0.0.1.
    return /^\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?(?:[/?]|$)/.test(uri.slice(5))
      ? undefined
      : 'is neither https nor loopback'
  }
  // RFC 8252 7.1: a private-use scheme is a reversed domain name. This excludes javascript:, data:
  // and similar schemes.
  return protocol.includes('.') || privateUseSchemes.includes(protocol.slice(0, -1))
    ? undefined
    : 'has a scheme that is neither https nor a reversed domain name: list it in the option ' +
        '"privateUseSchemes" if it belongs to an app'
}

/** The rule for a list of private-use schemes (RFC 8252 7.1), such as `['cursor', 'vscode']`. */
export function isPrivateUseScheme(scheme: unknown): boolean {
  return (
    typeof scheme === 'string' &&
    /^[a-z][a-z0-9+.-]*$/.test(scheme) &&
    !/^(?:https?|wss?|ftp|mailto)$/.test(scheme) &&
    !dangerousSchemes.test(`${scheme}:`)
  )
}

/** Returns a URI without its scheme and query. */
function pathOf(uri: string): string {
  return uri.split('?', 1)[0]!.replace(/^[^:]*:/, '')
}

/** Returns the parameter names as any common parser reads them. Some read `a[b]=c` as `a`. */
function namesIn(search: string): string[] {
  const names = search.split(/[?&;]/).map((pair) => parse(pair.split('=', 1)[0] ?? ''))
  return names.flatMap((one) => Object.keys(one)).map((name) => name.split(/[[.]/, 1)[0]!.trim())
}

/** Returns the URI with parameters added to its query, which it keeps (RFC 6749 4.1.2). */
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

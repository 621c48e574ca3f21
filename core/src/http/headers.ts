/**
 * RFC 9700 4.16: the page must not be framed. In OAuth 2.1, scripts never call this endpoint, so
 * CORS is disabled.
 */
export const pageHeaders = Object.freeze({
  'X-Frame-Options': 'DENY',
  'Content-Security-Policy': "frame-ancestors 'none'",
  'Access-Control-Allow-Origin': null,
})

/** With CORS, lets scripts of other origins read why a resource refused their request. */
export const challengeExposed = Object.freeze({
  'Access-Control-Expose-Headers': 'WWW-Authenticate',
})

/** Returns whether the header is a list, so that values are appended. */
export function isList(name: string): boolean {
  return name === 'Vary' || name === 'Access-Control-Expose-Headers'
}

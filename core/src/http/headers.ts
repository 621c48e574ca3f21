/** RFC 9700 4.16: the page can't be framed. OAuth 2.1 has no script ask here, so there is no CORS. */
export const pageHeaders = Object.freeze({
  'X-Frame-Options': 'DENY',
  'Content-Security-Policy': "frame-ancestors 'none'",
  'Access-Control-Allow-Origin': null,
})

/** Lets a script of another origin see why a resource refused it, where it may see the answer. */
export const challengeExposed = Object.freeze({
  'Access-Control-Expose-Headers': 'WWW-Authenticate',
})

/** Whether several values of the header are one list. */
export function isList(name: string): boolean {
  return name === 'Vary' || name === 'Access-Control-Expose-Headers'
}

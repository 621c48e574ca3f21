import type { Endpoint } from './endpoint'
import { type OAuthRequest } from './request'
import { textResponse } from './response'

/** The origins whose scripts may call an endpoint: any (`true`), or these. */
export type Origins = true | readonly string[]

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

const preflightSeconds = '600'

/** Whether several values of the header are one list. */
export function isList(name: string): boolean {
  return name === 'Vary' || name === 'Access-Control-Expose-Headers'
}

/** The endpoint, for scripts of those origins too (CORS). Cookies are never asked for. */
export function withCors(endpoint: Endpoint, origins: Origins | undefined): Endpoint {
  if (origins === undefined) return endpoint
  return {
    ...endpoint,
    async answer(request) {
      const isPreflight =
        request.method === 'OPTIONS' &&
        request.header('access-control-request-method') !== undefined
      return isPreflight ? textResponse(204, '') : endpoint.answer(request)
    },
    headers: (request) => ({ ...endpoint.headers?.(request), ...corsHeaders(request, origins) }),
  }
}

function corsHeaders(request: OAuthRequest, origins: Origins): Record<string, string> {
  const origin = request.header('origin') ?? ''
  const headers: Record<string, string> = origins === true ? {} : { Vary: 'Origin' }
  if (origins !== true && !origins.includes(origin)) return headers
  headers['Access-Control-Allow-Origin'] = origins === true ? '*' : origin
  headers['Access-Control-Expose-Headers'] = 'WWW-Authenticate, Retry-After'
  if (request.method === 'OPTIONS') {
    headers['Access-Control-Allow-Methods'] = 'GET, POST'
    headers['Access-Control-Allow-Headers'] = 'Authorization, Content-Type'
    headers['Access-Control-Max-Age'] = preflightSeconds
  }
  return headers
}

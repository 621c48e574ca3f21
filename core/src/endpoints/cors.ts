import type { OAuthRequest } from '../http/request'
import { textResponse } from '../http/response'
import type { Endpoint } from './endpoint'

/** The origins whose scripts may call an endpoint: `true` for any origin, or a list. */
export type Origins = true | readonly string[]

const preflightSeconds = '600'

/** Returns the endpoint with CORS headers for these origins. It never allows cookies. */
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

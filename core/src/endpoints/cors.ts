import { types } from 'node:util'
import type { Context } from '../context'
import { asServerError, hookError } from '../contract/hook-answer'
import { described } from '../values/described'
import type { OAuthRequest } from '../http/request'
import { textResponse } from '../http/response'
import type { Endpoint } from './endpoint'

/**
 * The origins whose scripts may call an endpoint: `true` for any origin, a list, or a function that
 * returns whether an origin such as `https://app.example.com` may.
 */
export type Origins = true | readonly string[] | ((origin: string) => boolean)

const preflightSeconds = '600'

/** Returns the endpoint with CORS headers for these origins. It never allows cookies. */
export function withCors(
  context: Context,
  endpoint: Endpoint,
  origins: Origins | undefined,
): Endpoint {
  if (origins === undefined) return endpoint
  return {
    ...endpoint,
    async answer(request) {
      const isPreflight =
        request.method === 'OPTIONS' &&
        request.header('access-control-request-method') !== undefined
      return isPreflight ? textResponse(204, '') : endpoint.answer(request)
    },
    headers: (request) => ({
      ...endpoint.headers?.(request),
      ...corsHeaders(context, endpoint, request, origins),
    }),
  }
}

function corsHeaders(
  context: Context,
  { methods = 'GET, POST' }: Endpoint,
  request: OAuthRequest,
  origins: Origins,
): Record<string, string> {
  const origin = request.header('origin') ?? ''
  const vary = [
    origins !== true && 'Origin',
    request.method === 'OPTIONS' && 'Access-Control-Request-Headers',
  ].filter((name) => name !== false)
  const headers: Record<string, string> = vary.length === 0 ? {} : { Vary: vary.join(', ') }
  if (!isAllowed(context, origin, origins)) return headers
  headers['Access-Control-Allow-Origin'] = origins === true ? '*' : origin
  const exposed = 'WWW-Authenticate, Retry-After'
  const { nonces } = context.settings.dpop ?? {}
  headers['Access-Control-Expose-Headers'] = nonces ? `${exposed}, DPoP-Nonce` : exposed
  if (request.method === 'OPTIONS') {
    headers['Access-Control-Allow-Methods'] = methods
    headers['Access-Control-Allow-Headers'] = allowedHeaders(request)
    headers['Access-Control-Max-Age'] = preflightSeconds
  }
  return headers
}

function isAllowed(context: Context, origin: string, origins: Origins): boolean {
  if (origins === true) return true
  if (typeof origins !== 'function') return origins.includes(origin)
  if (origin === '') return false
  try {
    const answer: unknown = origins(origin)
    if (typeof answer === 'boolean') return answer
    // A rejection of an async function must not end the process.
    if (types.isPromise(answer)) answer.catch(() => {})
    const returned = types.isPromise(answer) ? 'a promise' : described(answer)
    context.report(hookError(`"cors" must return true or false, but returned ${returned}`))
  } catch (error) {
    context.report(asServerError(error))
  }
  return false
}

/**
 * Returns the headers that the preflight asks for. Any of them is harmless: the endpoint reads only
 * those that it documents, and no cookie.
 */
function allowedHeaders(request: OAuthRequest): string {
  const requested = request.header('access-control-request-headers') ?? ''
  const isList = /^[\w!#$%&'*+.^`|~-]+(?:\s*,\s*[\w!#$%&'*+.^`|~-]+)*$/.test(requested)
  return isList && requested.length <= 1000 ? requested : 'Authorization, Content-Type'
}

import type { OAuthRequest } from '../http/request'
import { type OAuthResponse, jsonResponse, textResponse } from '../http/response'

/**
 * Returns a function that answers GET and HEAD requests with a public document, which every cache may
 * keep for `seconds`.
 */
export function readOnlyAnswer(seconds: number, read: () => Promise<object>) {
  const headers = { 'Cache-Control': `public, max-age=${seconds}` }
  return async ({ method }: OAuthRequest): Promise<OAuthResponse> =>
    method === 'GET' || method === 'HEAD'
      ? jsonResponse(200, await read(), headers)
      : textResponse(405, 'Method Not Allowed', { Allow: 'GET, HEAD' })
}

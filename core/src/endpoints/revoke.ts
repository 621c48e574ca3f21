import type { OAuthRequest } from '../http/request'
import { type OAuthResponse, jsonResponse, noStore } from '../http/response'
import type { TokenPort } from '../store/port'
import { presentedToken } from './presented-token'
import type { Server } from './server'

/**
 * The revocation endpoint (RFC 7009). An access token dies alone; a refresh token, even one that
 * was used, takes all of its grant with it. RFC 7009 2.2: a token that is unknown, or another
 * client's, is answered in the same way, and stays as it is.
 */
export async function revoke(
  server: Server,
  tokens: TokenPort,
  request: OAuthRequest,
): Promise<OAuthResponse> {
  const { client, token } = await presentedToken(server, tokens, request)
  if (token?.grant.clientId === client.id) await token.revoke()
  // Some clients insist on JSON, even where it says nothing.
  return jsonResponse(200, {}, noStore)
}

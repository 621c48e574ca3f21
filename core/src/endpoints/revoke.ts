import type { Endpoint } from '../http/endpoint'
import type { OAuthRequest } from '../http/request'
import { type OAuthResponse, jsonResponse, noStore } from '../http/response'
import type { TokenPort } from '../store/port'
import { clientAuthMethods } from './client-auth-methods'
import type { EndpointDefinition } from './endpoint-definition'
import { presentedToken } from './presented-token'
import type { Server } from './server'
import { tokensOf } from './stores-only'

/** The revocation endpoint (RFC 7009). It needs a store. */
export const revocationEndpoint = {
  name: 'revoke',
  path: '/revoke',
  cors: true,
  isDefault: ({ port }) => port.tokens !== undefined,
  metadata: (settings, url) => ({
    revocation_endpoint: url,
    revocation_endpoint_auth_methods_supported: clientAuthMethods(settings),
  }),
  create(server): Endpoint {
    const tokens = tokensOf(server, 'The revocation endpoint')
    return { answer: (request) => revoke(server, tokens, request), authenticatesClients: true }
  },
} as const satisfies EndpointDefinition

/**
 * Revokes what the request presents. An access token dies alone; a refresh token, even one that
 * was used, takes all of its grant with it. RFC 7009 2.2: a token that is unknown, or another
 * client's, is answered in the same way, and stays as it is.
 */
async function revoke(
  server: Server,
  tokens: TokenPort,
  request: OAuthRequest,
): Promise<OAuthResponse> {
  const { client, token } = await presentedToken(server, tokens, request)
  if (token?.grant.clientId === client.id) await token.revoke()
  // Some clients insist on JSON, even where it says nothing.
  return jsonResponse(200, {}, noStore)
}

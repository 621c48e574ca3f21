import type { Endpoint } from './endpoint'
import type { OAuthRequest } from '../http/request'
import { type OAuthResponse, jsonResponse, noStore } from '../http/response'
import type { TokenStorage } from '../storage/storage'
import { authMetadata, clientAuthMethods } from './client-auth-methods'
import type { EndpointDefinition } from './endpoint-definition'
import { presentedToken } from './presented-token'
import type { Context } from '../context'
import { tokensOf } from './stores-only'

/** The revocation endpoint (RFC 7009). It needs a store. */
export const revocationEndpoint = {
  name: 'revoke',
  path: '/revoke',
  cors: true,
  isDefault: ({ storage }) => storage.tokens !== undefined,
  metadata: (settings, url) => ({
    revocation_endpoint: url,
    ...authMetadata('revocation', clientAuthMethods(settings)),
  }),
  create(context): Endpoint {
    const tokens = tokensOf(context, 'The revocation endpoint')
    return { answer: (request) => revoke(context, tokens, request), scheme: 'Basic' }
  },
} as const satisfies EndpointDefinition

/**
 * Revokes the token of the request. Revoking a refresh token, even a redeemed one, revokes its
 * whole grant. Revoking an access token revokes only that token. RFC 7009 2.2: an unknown token and
 * a token of another client get the same response, and nothing is revoked.
 */
async function revoke(
  context: Context,
  tokens: TokenStorage,
  request: OAuthRequest,
): Promise<OAuthResponse> {
  const { client, token, acceptOnce } = await presentedToken(context, tokens, request)
  await acceptOnce?.()
  if (token?.grant.clientId === client.id) await token.revoke()
  // Some clients require a JSON body, even an empty one.
  return jsonResponse(200, {}, noStore)
}

import { InvalidClientError } from '../errors/errors'
import type { Endpoint } from './endpoint'
import type { OAuthRequest } from '../http/request'
import { type OAuthResponse, jsonResponse, noStore } from '../http/response'
import type { StorageClient, StorageToken, TokenStorage } from '../storage/storage'
import { haveCommonResource } from '../protocol/resource'
import { secretMethods } from './client-auth-methods'
import type { EndpointDefinition } from './endpoint-definition'
import { presentedToken } from './presented-token'
import type { Context } from '../context'
import { tokensOf } from './stores-only'

/** The introspection endpoint (RFC 7662), for resource servers. It needs a store. */
export const introspectionEndpoint = {
  name: 'introspect',
  path: '/introspect',
  // A resource server is no script in a browser.
  cors: false,
  isDefault: ({ storage }) => storage.tokens !== undefined,
  metadata: (_settings, url) => ({
    introspection_endpoint: url,
    // RFC 7662 2.1: a public client can't authenticate.
    introspection_endpoint_auth_methods_supported: secretMethods,
  }),
  create(context): Endpoint {
    const tokens = tokensOf(context, 'The introspection endpoint')
    return { answer: (request) => introspect(context, tokens, request), authenticatesClients: true }
  },
} as const satisfies EndpointDefinition

/** Describes a client's own tokens, and access tokens for the resources that it stands for. */
async function introspect(
  context: Context,
  tokens: TokenStorage,
  request: OAuthRequest,
): Promise<OAuthResponse> {
  const { client, token } = await presentedToken(context, tokens, request)
  // RFC 7662 2.1: whoever asks must be authenticated, which a public client is not.
  if (client.type === 'public') throw new InvalidClientError('A public client may not introspect')
  const known = token && mayAsk(client, token) ? token : null
  return jsonResponse(200, await describe(context, known), noStore)
}

/**
 * RFC 7662 4: a token is described to those only whom it concerns. A refresh token concerns nobody but
 * its client: others would learn from it when the client refreshes.
 */
function mayAsk(client: StorageClient, { kind, grant, resource }: StorageToken): boolean {
  if (grant.clientId === client.id) return true
  if (kind !== 'access') return false
  if (client.introspectsAll === true) return true
  return haveCommonResource(client.resources ?? [], resource ?? [])
}

/** RFC 7662 2.2: nothing is said about a token that can't be used. */
async function describe({ settings }: Context, token: StorageToken | null): Promise<object> {
  const inactive = { active: false }
  if (!token || token.kind === 'code') return inactive
  if (settings.profile.hasExpired(token.expiresAt, settings.now())) return inactive
  if (await token.isRedeemed()) return inactive
  const user = await token.findUser()
  if (user === null) return inactive
  const { kind, grant, scope, resource, createdAt, expiresAt } = token
  return {
    active: true,
    scope,
    client_id: grant.clientId,
    username: nameOf(user),
    token_type: kind === 'access' ? settings.profile.tokenType : undefined,
    exp: expiresAt === null ? undefined : Math.floor(expiresAt / 1000),
    iat: Math.floor(createdAt / 1000),
    // A client's own token has none: its id could be taken for a user's.
    sub: grant.userId ?? undefined,
    aud: resource?.length === 1 ? resource[0] : resource,
    iss: settings.issuer,
  }
}

function nameOf(user: unknown): string | undefined {
  const { username } = (user ?? {}) as { username?: unknown }
  return typeof username === 'string' ? username : undefined
}

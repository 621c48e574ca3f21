import { InvalidClientError } from '../errors/errors'
import type { Endpoint } from './endpoint'
import type { OAuthRequest } from '../http/request'
import { type OAuthResponse, jsonResponse, noStore } from '../http/response'
import type { StorageClient, StorageToken, TokenStorage } from '../storage/storage'
import { haveCommonResource } from '../protocol/resource'
import { authMetadata, confidentialAuthMethods } from './client-auth-methods'
import type { EndpointDefinition } from './endpoint-definition'
import { presentedToken } from './presented-token'
import type { Context } from '../context'
import type { Settings } from '../options/settings'
import { subjectAndAudience } from '../storage/signed-tokens'
import { tokensOf } from './stores-only'

/** The introspection endpoint (RFC 7662), for resource servers. It needs a store. */
export const introspectionEndpoint = {
  name: 'introspect',
  path: '/introspect',
  // Resource servers do not call this endpoint from a browser.
  cors: false,
  isDefault: ({ storage }) => storage.tokens !== undefined,
  metadata: (settings, url) => ({
    introspection_endpoint: url,
    // RFC 7662 2.1: the caller must authenticate, which a public client cannot do.
    ...authMetadata('introspection', confidentialAuthMethods(settings)),
  }),
  create(context): Endpoint {
    const tokens = tokensOf(context, 'The introspection endpoint')
    return { answer: (request) => introspect(context, tokens, request), scheme: 'Basic' }
  },
} as const satisfies EndpointDefinition

/** Describes the client's own tokens and the access tokens for the resources that it serves. */
async function introspect(
  context: Context,
  tokens: TokenStorage,
  request: OAuthRequest,
): Promise<OAuthResponse> {
  const { client, token, acceptOnce } = await presentedToken(context, tokens, request)
  // RFC 7662 2.1: the caller must authenticate, which a public client cannot do.
  if (client.type === 'public') throw new InvalidClientError('A public client may not introspect')
  const visible = token && maySee(client, token) ? token : null
  const description = await describe(context, visible)
  await acceptOnce?.()
  return jsonResponse(200, description, noStore)
}

/**
 * RFC 7662 4: only a client or resource that the token concerns may see it. A refresh token
 * concerns only its own client, because others could observe when that client refreshes.
 */
function maySee(client: StorageClient, { kind, grant, resource }: StorageToken): boolean {
  if (grant.clientId === client.id) return true
  if (kind !== 'access') return false
  if (client.introspectsAll === true) return true
  return haveCommonResource(client.resources ?? [], resource ?? [])
}

/** RFC 7662 2.2: the response contains no details of an inactive token. */
async function describe({ settings }: Context, token: StorageToken | null): Promise<object> {
  const inactive = { active: false }
  if (!token || token.kind === 'code') return inactive
  if (settings.profile.hasExpired(token.expiresAt, settings.now())) return inactive
  if (await token.isRedeemed()) return inactive
  const user = await token.findUser()
  if (user === null) return inactive
  const { kind, grant, scope, resource, claims, createdAt, expiresAt, jkt, jti } = token
  const tokenType = jkt === undefined ? settings.profile.tokenType : 'DPoP'
  return {
    ...claims,
    active: true,
    scope,
    client_id: grant.clientId,
    username: nameOf(user),
    token_type: kind === 'access' ? tokenType : undefined,
    exp: expiresAt === null ? undefined : Math.floor(expiresAt / 1000),
    iat: Math.floor(createdAt / 1000),
    // Without a user, an opaque token has no `sub`: a client id could be mistaken for a user id.
    sub: grant.userId ?? undefined,
    aud: resource?.length === 1 ? resource[0] : resource,
    iss: settings.issuer,
    // RFC 9449 6.2
    cnf: jkt === undefined ? undefined : { jkt },
    ...(jti !== undefined && signedMembers(token, settings)),
  }
}

/** Returns the members that only a signed access token has: what its claims say (RFC 9068 2.2). */
function signedMembers({ grant, resource, jti, authTime }: StorageToken, { issuer }: Settings) {
  return {
    ...subjectAndAudience(grant, resource, issuer),
    jti,
    auth_time: authTime === undefined ? undefined : Math.floor(authTime / 1000),
  }
}

function nameOf(user: unknown): string | undefined {
  const { username } = (user ?? {}) as { username?: unknown }
  return typeof username === 'string' ? username : undefined
}

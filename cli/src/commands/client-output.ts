import { type Client, type ClientInfo, type CreatedClient, withoutSecret } from '@oauth2-kit/core'
import type { Output } from '../command'
import { record } from '../table'

/** Formats a client. */
export function clientOutput(client: Client): Output {
  const json = withoutSecret(client)
  return { json, text: record(recordOf(client)) }
}

/** Formats a client with its secret, which is shown only once. */
export function clientWithSecret({ client, secret }: CreatedClient): Output {
  if (secret === null)
    return { ...clientOutput(client), json: { ...withoutSecret(client), secret } }
  const text = `${record({ ...recordOf(client), secret })}

The secret is shown only once: the store keeps only its hash.`
  return { json: { ...withoutSecret(client), secret }, text }
}

function recordOf(client: Client): Record<string, unknown> {
  const { id, name, type, authMethod, redirectUris, grantTypes, scopes, ...rest } =
    withoutSecret(client)
  return {
    id,
    name,
    type,
    'authentication method':
      authMethod ?? (type === 'public' ? 'none' : 'client_secret_basic or client_secret_post'),
    'keys at': rest.jwksUri,
    keys: rest.jwks?.keys.map(({ kid, kty }) => (typeof kid === 'string' ? kid : kty)),
    'redirect URIs': redirectUris,
    'grant types': grantTypes,
    scopes: scopes ?? 'any',
    resources: rest.resources,
    introspects: rest.introspectsAll ? 'every access token' : undefined,
    'may request tokens for': rest.allowedResources,
    PKCE: pkce(rest.requirePkce),
    'refresh tokens': rest.refreshTokenRotation === false ? 'are not replaced' : undefined,
    'access token format': rest.accessTokenFormat,
    DPoP: rest.dpopBoundAccessTokens ? 'required' : undefined,
    'pushed authorization requests': rest.requirePushedAuthorizationRequests
      ? 'required'
      : undefined,
    'previous secret valid until': timeOf(rest.previousSecretExpiresAt),
    'user id': rest.userId,
    'access token lifetime': lifetime(rest.accessTokenLifetime),
    'refresh token lifetime': lifetime(rest.refreshTokenLifetime),
    metadata: rest.metadata,
    ...registrationOf(rest.registration),
  }
}

/** Describes the registration of a client that registered itself. Nobody has verified it. */
function registrationOf(registration: ClientInfo['registration']): Record<string, unknown> {
  if (!registration) return {}
  const { issuedAt, usedAt, clientUri, logoUri, tosUri, policyUri, contacts } = registration
  return {
    'registered itself': timeOf(issuedAt),
    'last used': timeOf(usedAt) ?? 'never',
    'home page (not verified)': clientUri,
    'logo (not verified)': logoUri,
    'terms (not verified)': tosUri,
    'policy (not verified)': policyUri,
    'contacts (not verified)': contacts,
    'software id (not verified)': registration.softwareId,
    'software version (not verified)': registration.softwareVersion,
    'software statement': registration.softwareStatement,
    'is being removed': registration.retired,
  }
}

function pkce(required: boolean | undefined): string | undefined {
  if (required === undefined) return undefined
  return required ? 'required' : 'optional'
}

function timeOf(milliseconds: number | undefined): string | undefined {
  return milliseconds === undefined ? undefined : new Date(milliseconds).toISOString()
}

function lifetime(seconds: number | null | undefined): string | undefined {
  if (seconds === undefined) return undefined
  return seconds === null ? 'never expires' : `${seconds} s`
}

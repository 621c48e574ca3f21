import { type OAuthResponse, jsonResponse, textResponse } from '../http/response'
import type { OAuthRequest } from '../http/request'
import type { Settings } from '../options'

/** The endpoints that a server may have, by the last part of their paths. */
export const endpointNames = ['authorize', 'token', 'revoke', 'introspect'] as const
export type EndpointName = (typeof endpointNames)[number]

/** Where the endpoints of a server are. */
export interface Locations {
  /** Path below the issuer's, without a slash at its end. */
  prefix: string
  endpoints: readonly EndpointName[]
  /** The scopes that clients may ask for; left out = it is not said. */
  scopes?: readonly string[]
}

/** Seconds for which metadata may be kept: it changes when the server is set up anew. */
const maxAge = 3600
const secretMethods = ['client_secret_basic', 'client_secret_post']

/** The metadata of an authorization server (RFC 8414 2): what is enabled, and nothing else. */
export function serverMetadata(
  { issuer = '', grants, resources, profile }: Settings,
  { prefix, endpoints, scopes }: Locations,
): object {
  // A client's own token is for confidential clients only (RFC 6749 4.4).
  const hasPublic = profile.publicClients && grants.some((grant) => grant !== 'client_credentials')
  const methods = hasPublic ? [...secretMethods, 'none'] : secretMethods
  const url = (name: EndpointName) =>
    endpoints.includes(name) ? `${issuer.replace(/\/$/, '')}${prefix}/${name}` : undefined
  const has = <T>(name: EndpointName, value: T) => (endpoints.includes(name) ? value : undefined)
  return {
    issuer,
    authorization_endpoint: url('authorize'),
    token_endpoint: url('token'),
    revocation_endpoint: url('revoke'),
    introspection_endpoint: url('introspect'),
    scopes_supported: scopes,
    response_types_supported: has('authorize', ['code']) ?? [],
    response_modes_supported: has('authorize', ['query']),
    grant_types_supported: grants,
    code_challenge_methods_supported: profile.bindsCodes ? has('authorize', ['S256']) : undefined,
    token_endpoint_auth_methods_supported: has('token', methods),
    revocation_endpoint_auth_methods_supported: has('revoke', methods),
    introspection_endpoint_auth_methods_supported: has('introspect', secretMethods),
    authorization_response_iss_parameter_supported: profile.sendsIssuer
      ? has('authorize', true)
      : undefined,
    // RFC 9728 4
    protected_resources: resources,
  }
}

/** The metadata of a protected resource (RFC 9728 2). */
export function resourceMetadata(
  { issuer }: Settings,
  { resource, scopes }: { resource: string; scopes?: readonly string[] },
): object {
  return {
    resource,
    authorization_servers: [issuer],
    scopes_supported: scopes,
    bearer_methods_supported: ['header'],
  }
}

/** Answers with metadata: it is public, and may be kept for a while. */
export function metadataAnswer(metadata: object) {
  const told = jsonResponse(200, metadata, { 'Cache-Control': `public, max-age=${maxAge}` })
  return async ({ method }: OAuthRequest): Promise<OAuthResponse> =>
    method === 'GET' || method === 'HEAD'
      ? told
      : textResponse(405, 'Method Not Allowed', { Allow: 'GET, HEAD' })
}

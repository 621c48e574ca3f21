import { type OAuthResponse, jsonResponse, textResponse } from '../http/response'
import type { OAuthRequest } from '../http/request'
import type { Settings } from '../options/settings'
import { type EndpointName, endpoints } from '.'

/** Where the endpoints of a server are. */
export interface Locations {
  /** Path below the issuer's, without a slash at its end. */
  prefix: string
  endpoints: readonly EndpointName[]
  /** The scopes that clients may ask for. Undefined means that the metadata does not say. */
  scopes?: readonly string[]
}

/** Seconds for which metadata may be cached: it changes when the server is set up anew. */
const maxAge = 3600

/** Returns the metadata of an authorization server (RFC 8414 2): what is on offer, and nothing else. */
export function serverMetadata(
  settings: Settings,
  { prefix, endpoints: names, scopes }: Locations,
): object {
  const { issuer = '', grants, resources } = settings
  const base = `${issuer.replace(/\/$/, '')}${prefix}`
  const offered = endpoints.filter(({ name }) => names.includes(name))
  const members: Record<string, unknown> = Object.assign(
    { issuer },
    ...offered.map((endpoint) => endpoint.metadata(settings, `${base}${endpoint.path}`)),
  )
  return {
    ...members,
    // It must be there, and is empty without an authorization endpoint.
    response_types_supported: members['response_types_supported'] ?? [],
    grant_types_supported: grants,
    scopes_supported: scopes,
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

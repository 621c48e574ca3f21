import { signatureAlgorithms } from '../crypto/jose'
import type { Settings } from '../options/settings'
import { type EndpointName, endpoints } from '.'
import { readOnlyAnswer } from './read-only'

/** The paths and names of a server's endpoints. */
export interface Locations {
  /** The path below the path of the issuer, without a trailing slash. */
  prefix: string
  endpoints: readonly EndpointName[]
  /** The scopes that clients may request. Undefined means that the metadata omits them. */
  scopes?: readonly string[]
}

/** The cache lifetime of metadata in seconds. Metadata changes only with the server's options. */
const maxAge = 3600

/** Returns the metadata of an authorization server (RFC 8414 2), limited to enabled features. */
export function serverMetadata(
  settings: Settings,
  { prefix, endpoints: names, scopes }: Locations,
): object {
  const { issuer = '', grants, resources, dpop, clientMetadata } = settings
  const base = `${issuer.replace(/\/$/, '')}${prefix}`
  const offered = endpoints.filter(({ name }) => names.includes(name))
  const members: Record<string, unknown> = Object.assign(
    { issuer },
    ...offered.map((endpoint) => endpoint.metadata(settings, `${base}${endpoint.path}`)),
  )
  return {
    ...members,
    // RFC 8414 2: this member is required. Without an authorization endpoint it is empty.
    response_types_supported: members['response_types_supported'] ?? [],
    grant_types_supported: grants,
    scopes_supported: scopes,
    // RFC 9728 4
    protected_resources: resources,
    // RFC 9449 5.1
    dpop_signing_alg_values_supported: dpop && signatureAlgorithms,
    // draft-ietf-oauth-client-id-metadata-document
    client_id_metadata_document_supported: clientMetadata && true,
  }
}

/** Returns the metadata of a protected resource (RFC 9728 2). */
export function resourceMetadata(
  { issuer, dpop }: Settings,
  about: { resource: string; scopes?: readonly string[]; dpop?: 'required' | undefined },
): object {
  return {
    resource: about.resource,
    authorization_servers: [issuer],
    scopes_supported: about.scopes,
    bearer_methods_supported: ['header'],
    dpop_signing_alg_values_supported: dpop && signatureAlgorithms,
    dpop_bound_access_tokens_required: about.dpop && true,
  }
}

/** Returns a function that answers GET and HEAD requests with the metadata, which is cacheable. */
export function metadataAnswer(metadata: object) {
  return readOnlyAnswer(maxAge, async () => metadata)
}

import { InvalidTargetError } from '../errors/errors'
import { parsedUrl } from '../values/parsed-url'

/** Returns why a value is not a resource (RFC 8707 2), or `undefined` if it is one. */
export function resourceProblem(uri: unknown): string | undefined {
  if (typeof uri !== 'string' || !parsedUrl(uri)) return 'is not an absolute URI'
  return uri.includes('#') ? 'has a fragment' : undefined
}

/**
 * Returns the resources that a client may request tokens for: those of the server, or the part in
 * the client's registration. Throws an `invalid_target` if none is left.
 */
export function resourcesFor(
  { allowedResources }: { readonly allowedResources?: readonly string[] | undefined },
  { resources }: { readonly resources: readonly string[] | undefined },
): readonly string[] | undefined {
  if (!allowedResources) return resources
  const hrefs = new Set(allowedResources.map(hrefOf))
  // On a server without resources, a token would be for all of them.
  const left = (resources ?? []).filter((uri) => hrefs.has(hrefOf(uri)))
  if (left.length === 0) throw new InvalidTargetError('The client may not request any resource')
  return left
}

/**
 * Returns the resources to grant: the requested ones, or all allowed ones if none was requested
 * (RFC 8707 2). They are spelled as in `allowed`. If the server has no resources, `allowed` is
 * `undefined` and the requested ones are ignored. Throws an `invalid_target` if a requested
 * resource is not allowed.
 */
export function narrowResource(
  requested: readonly string[],
  allowed: readonly string[] | undefined,
): readonly string[] | undefined {
  if (!allowed || requested.length === 0) return allowed
  const hrefs = new Set(requested.map(hrefOf))
  const granted = allowed.filter((uri) => hrefs.has(hrefOf(uri)))
  if (granted.length < hrefs.size)
    throw new InvalidTargetError('The resource is unknown or may not be requested')
  return granted
}

/** Returns whether two lists have a resource in common, even if they spell it differently. */
export function haveCommonResource(some: readonly string[], others: readonly string[]): boolean {
  const hrefs = new Set(some.map(hrefOf))
  return others.some((uri) => hrefs.has(hrefOf(uri)))
}

/**
 * Returns the resources of a grant that the server still has. A resource may have been removed
 * after the grant. `known` is `undefined` if the server has no resources. Throws an
 * `invalid_target` if none is left.
 */
export function presentResources(
  granted: readonly string[] | undefined,
  known: readonly string[] | undefined,
): readonly string[] | undefined {
  if (granted === undefined) return known
  const present = granted.filter((uri) => known?.includes(uri))
  if (present.length === 0)
    throw new InvalidTargetError('The resources of the grant no longer exist')
  return present
}

/**
 * Returns the URL of the metadata of a resource (RFC 9728 3.1). The well-known path comes before
 * the path and query of the resource. Returns `undefined` if the resource has no http or https URL.
 */
export function resourceMetadataUrl(uri: string): string | undefined {
  const { origin, pathname, protocol, search } = new URL(uri)
  if (!/^https?:$/.test(protocol)) return undefined
  // Only the slash directly after the host is removed. A trailing slash is part of the path.
  const path = pathname === '/' ? '' : pathname
  return `${origin}/.well-known/oauth-protected-resource${path}${search}`
}

/** Normalizes spellings such as `https://api.example` and `https://api.example/`. */
function hrefOf(uri: string): string {
  return parsedUrl(uri)?.href ?? uri
}

import { InvalidTargetError } from '../errors/errors'

/** Why something is no resource (RFC 8707 2), or `undefined` if it is one. */
export function resourceProblem(uri: unknown): string | undefined {
  if (typeof uri !== 'string' || !URL.canParse(uri)) return 'is no absolute URI'
  return uri.includes('#') ? 'has a fragment' : undefined
}

/**
 * The resources to grant: those that were asked for, if all of them may be had, or all that may be
 * had where none was asked for (RFC 8707 2). In the words of `allowed`, which is `undefined` where
 * no resource is known: then none is asked for, whatever the request says.
 */
export function narrowResource(
  asked: readonly string[],
  allowed: readonly string[] | undefined,
): readonly string[] | undefined {
  if (!allowed || asked.length === 0) return allowed
  const hrefs = new Set(asked.map(hrefOf))
  const granted = allowed.filter((uri) => hrefs.has(hrefOf(uri)))
  if (granted.length < hrefs.size)
    throw new InvalidTargetError('The resource is unknown, or may not be asked for')
  return granted
}

/** Whether two lists have a resource in common, however each writes it. */
export function haveCommonResource(some: readonly string[], others: readonly string[]): boolean {
  const hrefs = new Set(some.map(hrefOf))
  return others.some((uri) => hrefs.has(hrefOf(uri)))
}

/**
 * The resources of a grant that the server still has: it may have been granted one that was taken off
 * since then. `known` is `undefined` where the server has no resources at all.
 */
export function presentResources(
  granted: readonly string[] | undefined,
  known: readonly string[] | undefined,
): readonly string[] | undefined {
  if (granted === undefined) return known
  const present = granted.filter((uri) => known?.includes(uri))
  if (present.length === 0) throw new InvalidTargetError('The resources of the grant are gone')
  return present
}

/**
 * Where the metadata of a resource is (RFC 9728 3.1), before its path and query; `undefined` for what
 * is not on the web.
 */
export function resourceMetadataUrl(uri: string): string | undefined {
  const { origin, pathname, protocol, search } = new URL(uri)
  if (!/^https?:$/.test(protocol)) return undefined
  // Only the slash behind the host is taken away: one at the end of a path belongs to it.
  const path = pathname === '/' ? '' : pathname
  return `${origin}/.well-known/oauth-protected-resource${path}${search}`
}

/** What a client may write in several ways: `https://api.example` and `https://api.example/`. */
function hrefOf(uri: string): string {
  return URL.canParse(uri) ? new URL(uri).href : uri
}

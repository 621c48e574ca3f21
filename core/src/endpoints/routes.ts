import type { Endpoint } from './endpoint'
import type { PageEndpoints } from './endpoint-definition'
import { resourceMetadataUrl } from '../protocol/resource'
import { endpoints } from '.'
import { type PlaceWatch, advertise, placeWatch } from './misplaced'
import { withCors } from './cors'
import { metadataAnswer, resourceMetadata, serverMetadata } from './metadata'
import {
  type ResourceOptions,
  type RouteOptions,
  locationsOf,
  resourceOptionsOf,
} from './route-options'
import type { Context } from '../context'
import type { Settings } from '../options/settings'

/** RFC 8414 3 and RFC 9728 3: metadata is public, so scripts of any origin may read it. */
const publicMetadata = true

/** The endpoints of a router. */
export interface Routes {
  /** Maps a full path, with its query if that is significant, to an endpoint. */
  readonly endpoints: ReadonlyMap<string, Endpoint>
  readonly watch: PlaceWatch
}

/** Returns the value for the path with this query, or else for the path alone. */
export function routeAt<T>(
  routes: ReadonlyMap<string, T>,
  path: string,
  search: string,
): T | undefined {
  return (search === '' ? undefined : routes.get(`${path}?${search}`)) ?? routes.get(path)
}

/**
 * Returns the paths of all enabled endpoints and of the metadata. `pages` are passed in
 * because the pages of the application depend on the framework. `of` is the function that takes the options.
 */
export function routesOf(
  context: Context,
  options: RouteOptions,
  pages: PageEndpoints,
  of: string,
): Routes {
  const { settings } = context
  const { cors, ...locations } = locationsOf(context, options, of)
  const { scopes } = locations
  const issuer = new URL(settings.issuer ?? '')
  const base = basePath(settings)
  const forScripts = (endpoint: Endpoint) => withCors(context, endpoint, cors)
  const routes = new Map<string, Endpoint>()
  for (const definition of endpoints) {
    if (!locations.endpoints.includes(definition.name)) continue
    const endpoint = definition.create(context, pages)
    const path = `${base}${locations.prefix}${definition.path}`
    routes.set(path, definition.cors ? forScripts(endpoint) : endpoint)
  }
  // RFC 8414 3.1: the path of the issuer follows the well-known path.
  const metadata = serverMetadata(settings, locations)
  const wellKnown = `/.well-known/oauth-authorization-server${base}`
  routes.set(wellKnown, withCors(context, { answer: metadataAnswer(metadata) }, publicMetadata))
  for (const resource of settings.resources ?? []) {
    const url = resourceMetadataUrl(resource)
    // A resource on another host serves its own metadata with `resourceMetadata()`.
    if (url === undefined || new URL(url).origin !== issuer.origin) continue
    const { pathname, search } = new URL(url)
    routes.set(
      `${pathname}${search}`,
      resourceEndpoint(context, { resource, ...(scopes && { scopes }) }),
    )
  }
  return { endpoints: routes, watch: placeWatch(settings, routes.keys()) }
}

/** Returns the path of the issuer without a slash at its end. */
function basePath({ issuer = '' }: Settings): string {
  return new URL(issuer).pathname.replace(/\/$/, '')
}

/**
 * Returns the metadata endpoint of the server. Throws an OptionError if the issuer is undefined.
 */
export function metadataEndpoint(context: Context, options: RouteOptions): Endpoint {
  const { cors = publicMetadata, ...locations } = locationsOf(context, options, 'metadata()')
  const base = basePath(context.settings)
  const places = endpoints
    .filter(({ name }) => locations.endpoints.includes(name))
    .map(({ name, path }) => [name, `${base}${locations.prefix}${path}`] as const)
  advertise(context.settings, new Map(places))
  return withCors(
    context,
    { answer: metadataAnswer(serverMetadata(context.settings, locations)) },
    cors,
  )
}

/**
 * Returns the metadata endpoint of a protected resource. Throws an OptionError if the resource is
 * not configured.
 */
export function resourceEndpoint(context: Context, options: ResourceOptions): Endpoint {
  const { cors, ...about } = resourceOptionsOf(context, options)
  return withCors(
    context,
    { answer: metadataAnswer(resourceMetadata(context.settings, about)) },
    cors,
  )
}

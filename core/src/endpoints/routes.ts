import type { Endpoint } from './endpoint'
import { resourceMetadataUrl } from '../protocol/resource'
import { endpoints } from '.'
import { withCors } from './cors'
import { metadataAnswer, resourceMetadata, serverMetadata } from './metadata'
import {
  type ResourceOptions,
  type RouteOptions,
  locationsOf,
  resourceOptionsOf,
} from './route-options'
import type { Context } from '../context'

/** Endpoints by the whole of their paths, with the query where that tells one from another. */
export type Routes = ReadonlyMap<string, Endpoint>

/** What is at that path, or at that path with that query. */
export function routeAt<T>(
  routes: ReadonlyMap<string, T>,
  path: string,
  search: string,
): T | undefined {
  return (search === '' ? undefined : routes.get(`${path}?${search}`)) ?? routes.get(path)
}

/**
 * Every endpoint of a server, and its metadata, at their paths. `authorization` is the one with the
 * pages of the application, whose answers depend on the framework.
 */
export function routesOf(
  context: Context,
  options: RouteOptions,
  authorization: Endpoint | undefined,
): Routes {
  const { settings } = context
  const { cors, ...locations } = locationsOf(context, options)
  const { scopes } = locations
  const issuer = new URL(settings.issuer ?? '')
  const base = issuer.pathname.replace(/\/$/, '')
  const forScripts = (endpoint: Endpoint) => withCors(endpoint, cors)
  const routes = new Map<string, Endpoint>()
  for (const definition of endpoints) {
    if (!locations.endpoints.includes(definition.name)) continue
    const endpoint = definition.create(context, authorization)
    const path = `${base}${locations.prefix}${definition.path}`
    routes.set(path, definition.cors ? forScripts(endpoint) : endpoint)
  }
  // RFC 8414 3.1: the path of the issuer comes behind the well-known part.
  const metadata = serverMetadata(settings, locations)
  const wellKnown = `/.well-known/oauth-authorization-server${base}`
  routes.set(wellKnown, forScripts({ answer: metadataAnswer(metadata) }))
  for (const resource of settings.resources ?? []) {
    const url = resourceMetadataUrl(resource)
    // What is on another host is told there: see `resourceMetadata()`.
    if (url === undefined || new URL(url).origin !== issuer.origin) continue
    const { pathname, search } = new URL(url)
    routes.set(`${pathname}${search}`, resourceEndpoint(context, { resource, scopes, cors }))
  }
  return routes
}

/** The metadata of the server. Throws a TypeError if there is no issuer. */
export function metadataEndpoint(context: Context, options: RouteOptions): Endpoint {
  const { cors, ...locations } = locationsOf(context, options)
  return withCors({ answer: metadataAnswer(serverMetadata(context.settings, locations)) }, cors)
}

/** The metadata of a protected resource. Throws a TypeError for one that is not configured. */
export function resourceEndpoint(context: Context, options: ResourceOptions): Endpoint {
  const { cors, ...about } = resourceOptionsOf(context, options)
  return withCors({ answer: metadataAnswer(resourceMetadata(context.settings, about)) }, cors)
}

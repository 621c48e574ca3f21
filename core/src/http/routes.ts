import { introspect } from '../endpoints/introspect'
import {
  type EndpointName,
  metadataAnswer,
  resourceMetadata,
  serverMetadata,
} from '../endpoints/metadata'
import { revoke } from '../endpoints/revoke'
import type { Server } from '../endpoints/server'
import { token } from '../endpoints/token'
import { resourceMetadataUrl } from '../security/resource'
import type { TokenPort } from '../store/port'
import type { Endpoint } from './endpoint'
import { errorPage } from './error-response'
import { pageHeaders, withCors } from './headers'
import {
  type ResourceOptions,
  type RouteOptions,
  locationsOf,
  resourceOptionsOf,
} from './route-options'

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
  server: Server,
  options: RouteOptions,
  authorization: Endpoint | undefined,
): Routes {
  const { settings } = server
  const { cors, ...locations } = locationsOf(server, options)
  const { scopes } = locations
  if (locations.endpoints.includes('authorize') && !authorization) {
    throw new TypeError(
      '"authenticate" and "consent" are missing: give the pages, or leave authorization_code out of the option "grants"',
    )
  }
  const issuer = new URL(settings.issuer ?? '')
  const base = issuer.pathname.replace(/\/$/, '')
  const forScripts = (endpoint: Endpoint) => withCors(endpoint, cors)
  const makers: Record<EndpointName, () => Endpoint> = {
    authorize: () => authorization!,
    token: () => forScripts(tokenEndpoint(server)),
    revoke: () => forScripts(revocationEndpoint(server)),
    introspect: () => introspectionEndpoint(server),
  }
  const routes = new Map<string, Endpoint>()
  for (const name of locations.endpoints)
    routes.set(`${base}${locations.prefix}/${name}`, makers[name]())
  // RFC 8414 3.1: the path of the issuer comes behind the well-known part.
  const metadata = serverMetadata(settings, locations)
  const wellKnown = `/.well-known/oauth-authorization-server${base}`
  routes.set(wellKnown, forScripts({ answer: metadataAnswer(metadata) }))
  for (const resource of settings.resources ?? []) {
    const url = resourceMetadataUrl(resource)
    // What is on another host is told there: see `resourceMetadata()`.
    if (url === undefined || new URL(url).origin !== issuer.origin) continue
    const { pathname, search } = new URL(url)
    routes.set(`${pathname}${search}`, resourceEndpoint(server, { resource, scopes, cors }))
  }
  return routes
}

/** The token endpoint. */
export function tokenEndpoint(server: Server): Endpoint {
  return { answer: (request) => token(server, request), authenticatesClients: true }
}

/** The revocation endpoint. Throws a TypeError on a model. */
export function revocationEndpoint(server: Server): Endpoint {
  const tokens = tokensOf(server, 'The revocation endpoint')
  return { answer: (request) => revoke(server, tokens, request), authenticatesClients: true }
}

/** The introspection endpoint. Throws a TypeError on a model. */
export function introspectionEndpoint(server: Server): Endpoint {
  const tokens = tokensOf(server, 'The introspection endpoint')
  return { answer: (request) => introspect(server, tokens, request), authenticatesClients: true }
}

/** An authorization endpoint that answers in this way. */
export function authorizationEndpoint(
  { settings: { profile } }: Server,
  answer: Endpoint['answer'],
): Endpoint {
  const headers = profile.hardensHeaders ? () => pageHeaders : undefined
  return { answer, headers, describe: errorPage }
}

/** The metadata of the server. Throws a TypeError if there is no issuer. */
export function metadataEndpoint(server: Server, options: RouteOptions): Endpoint {
  const { cors, ...locations } = locationsOf(server, options)
  return withCors({ answer: metadataAnswer(serverMetadata(server.settings, locations)) }, cors)
}

/** The metadata of a protected resource. Throws a TypeError for one that is not configured. */
export function resourceEndpoint(server: Server, options: ResourceOptions): Endpoint {
  const { cors, ...about } = resourceOptionsOf(server, options)
  return withCors({ answer: metadataAnswer(resourceMetadata(server.settings, about)) }, cors)
}

/** What only a store can do. */
export function tokensOf({ port: { tokens } }: Server, what: string): TokenPort {
  if (tokens) return tokens
  throw new TypeError(`${what} needs a store, and "model" is a 2.4 model`)
}

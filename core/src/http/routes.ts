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
  assertIssuer,
  assertOrigins,
  assertScopes,
  locationsOf,
  resourceOf,
} from './route-options'

/** Endpoints by the whole of their paths. */
export type Routes = ReadonlyMap<string, Endpoint>

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
  const { cors, scopes } = options
  const locations = locationsOf(server, options)
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
    routes.set(new URL(url).pathname, resourceEndpoint(server, { resource, scopes, cors }))
  }
  return routes
}

/** The token endpoint. */
export function tokenEndpoint(server: Server): Endpoint {
  return { answer: (request) => token(server, request) }
}

/** The revocation endpoint. Throws a TypeError on a model. */
export function revocationEndpoint(server: Server): Endpoint {
  const tokens = tokensOf(server, 'The revocation endpoint')
  return { answer: (request) => revoke(server, tokens, request) }
}

/** The introspection endpoint. Throws a TypeError on a model. */
export function introspectionEndpoint(server: Server): Endpoint {
  const tokens = tokensOf(server, 'The introspection endpoint')
  return { answer: (request) => introspect(server, tokens, request) }
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
  const metadata = serverMetadata(server.settings, locationsOf(server, options))
  return withCors({ answer: metadataAnswer(metadata) }, options.cors)
}

/** The metadata of a protected resource. Throws a TypeError for one that is not configured. */
export function resourceEndpoint(server: Server, options: ResourceOptions): Endpoint {
  const { scopes, cors } = options
  const resource = resourceOf(server, options.resource)
  assertScopes(scopes)
  assertOrigins(cors)
  assertIssuer(server)
  const metadata = resourceMetadata(server.settings, { resource, scopes })
  return withCors({ answer: metadataAnswer(metadata) }, cors)
}

/** What only a store can do. */
export function tokensOf({ port: { tokens } }: Server, what: string): TokenPort {
  if (tokens) return tokens
  throw new TypeError(`${what} needs a store, and "model" is a 2.4 model`)
}

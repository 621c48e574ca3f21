import type { Server } from '../endpoints/server'
import { type EndpointName, type Locations, endpointNames } from '../endpoints/metadata'
import { parseScope } from '../security/scope'
import type { Origins } from './headers'

/** Where the endpoints are, and who may call them. */
export interface RouteOptions {
  /** The path of the endpoints, below that of the issuer. @default '/oauth' */
  prefix?: string
  /** The endpoints that are there. @default all that the grant types need */
  endpoints?: readonly EndpointName[]
  /** The scopes that the metadata names. @default none are named */
  scopes?: readonly string[]
  /**
   * The origins whose scripts may call the token and revocation endpoints and read the metadata:
   * `true` = any, or a list such as `['https://app.example.com']`. @default none
   */
  cors?: Origins
}

/** The protected resource that metadata is about. */
export interface ResourceOptions {
  /** One of the option `resources`. @default the only one */
  resource?: string
  /** The scopes that the metadata names. @default none are named */
  scopes?: readonly string[]
  /** The origins whose scripts may read it: `true` = any. @default none */
  cors?: Origins
}

const optionNames = ['prefix', 'endpoints', 'scopes', 'cors', 'authenticate', 'consent']

/** Where the endpoints are. Throws a TypeError that names the option and the mend. */
export function locationsOf(server: Server, options: RouteOptions): Locations {
  assertIssuer(server)
  const unknownOption = Object.keys(options).find((name) => !optionNames.includes(name))
  if (unknownOption !== undefined) {
    throw new TypeError(`"${unknownOption}" is no option; take ${optionNames.join(', ')}`)
  }
  assertOrigins(options.cors)
  const { prefix = '/oauth', scopes } = options
  if (typeof prefix !== 'string' || !/^(?:\/[^/?#\s]+)*$/.test(prefix)) {
    throw new TypeError('"prefix" must be a path such as \'/oauth\', or empty')
  }
  assertScopes(scopes)
  const { grants } = server.settings
  const {
    endpoints = endpointNames.filter((name) => {
      if (name === 'authorize') return grants.includes('authorization_code')
      return name === 'token' || server.port.tokens !== undefined
    }),
  } = options
  const unknown = endpoints.find((name) => !endpointNames.includes(name))
  if (unknown !== undefined) {
    throw new TypeError(`"endpoints" has "${unknown}": take ${endpointNames.join(', ')}`)
  }
  return { prefix, endpoints, scopes }
}

/** Throws a TypeError if there is no issuer. */
export function assertIssuer({ settings: { issuer } }: Server): void {
  if (issuer !== undefined) return
  throw new TypeError(
    '"issuer" is missing: give the public URL of this server, such as \'https://auth.example.com\'',
  )
}

/** Throws a TypeError unless these are scopes, or nothing. */
export function assertScopes(scopes: unknown): void {
  if (scopes === undefined || (Array.isArray(scopes) && scopes.every(isScope))) return
  throw new TypeError('"scopes" must be an array of scopes (RFC 6749 3.3)')
}

function isScope(scope: unknown): boolean {
  return typeof scope === 'string' && parseScope(scope)?.length === 1
}

/** Throws a TypeError unless this says whose scripts may call. */
export function assertOrigins(cors: unknown): void {
  if (cors === undefined || cors === true || (Array.isArray(cors) && cors.every(isOrigin))) return
  throw new TypeError(
    '"cors" must be true, or an array of origins such as [\'https://app.example.com\']',
  )
}

function isOrigin(value: unknown): boolean {
  return typeof value === 'string' && URL.canParse(value) && new URL(value).origin === value
}

/** The resource of that name, or the only one. Throws a TypeError where there is no such. */
export function resourceOf({ settings }: Server, resource?: string): string {
  const { resources = [] } = settings
  const [only, ...others] = resources
  if (resource === undefined && only !== undefined && others.length === 0) return only
  if (resource !== undefined && resources.includes(resource)) return resource
  throw new TypeError(
    `"resource" must be one of the option "resources", which has ${resources.join(', ') || 'none'}`,
  )
}

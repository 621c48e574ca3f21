import { optionError } from '../errors/option-error'
import { readOptions } from '../options/read-options'
import { type Rule, type Rules, aFunction } from '../options/rules'
import { parseScope } from '../protocol/scope'
import { type EndpointName, endpoints } from '.'
import type { Origins } from './cors'
import type { Locations } from './metadata'
import type { Context } from '../context'

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

const scopes: Rule = [
  (value) => Array.isArray(value) && value.every(isScope),
  'must be an array of scopes (RFC 6749 3.3)',
]
const cors: Rule = [
  (value) => value === true || (Array.isArray(value) && value.every(isOrigin)),
  "must be true, or an array of origins such as ['https://app.example.com']",
]

const names = endpoints.map(({ name }) => name)

const routeRules: Rules<RouteOptions & { authenticate?: unknown; consent?: unknown }> = {
  prefix: [
    (value) => typeof value === 'string' && /^(?:\/[^/?#\s]+)*$/.test(value),
    "must be a path such as '/oauth', or empty",
  ],
  endpoints: [
    (value) => Array.isArray(value) && value.every((name) => names.includes(name as EndpointName)),
    `must be an array of ${names.join(', ')}`,
  ],
  scopes,
  cors,
  authenticate: aFunction,
  consent: aFunction,
}

const resourceRules: Rules<ResourceOptions> = {
  // Which ones there are is looked up later.
  resource: [() => true, ''],
  scopes,
  cors,
}

/** Where the endpoints are, and who may call them. */
export interface Located extends Locations {
  cors: Origins | undefined
}

/** Where the endpoints are. Throws a TypeError that names the option and the fix. */
export function locationsOf(context: Context, given: RouteOptions): Located {
  assertIssuer(context)
  const options = readOptions(given, routeRules, { of: 'router()', defaults: { prefix: '/oauth' } })
  const { prefix, scopes: named } = options
  const enabled =
    options.endpoints ??
    endpoints.filter((endpoint) => endpoint.isDefault(context)).map(({ name }) => name)
  return {
    prefix,
    endpoints: [...enabled],
    scopes: named && [...named],
    cors: copyOf(options.cors),
  }
}

/** The same of a protected resource. */
export function resourceOptionsOf(context: Context, given: ResourceOptions) {
  const options = readOptions(given, resourceRules, { of: 'resourceMetadata()' })
  const resource = resourceOf(context, options.resource)
  assertIssuer(context)
  return {
    resource,
    scopes: options.scopes && [...options.scopes],
    cors: copyOf(options.cors),
  }
}

function copyOf(origins: Origins | undefined): Origins | undefined {
  return Array.isArray(origins) ? [...origins] : origins
}

/** Throws a TypeError if there is no issuer. */
export function assertIssuer({ settings: { issuer } }: Context): void {
  if (issuer !== undefined) return
  throw optionError(
    'issuer',
    "is missing: give the public URL of this server, such as 'https://auth.example.com'",
  )
}

function isScope(scope: unknown): boolean {
  return typeof scope === 'string' && parseScope(scope)?.length === 1
}

function isOrigin(value: unknown): boolean {
  return typeof value === 'string' && URL.canParse(value) && new URL(value).origin === value
}

/** The resource of that name, or the only one. Throws a TypeError where there is no such. */
export function resourceOf({ settings }: Context, resource?: string): string {
  const { resources = [] } = settings
  const [only, ...others] = resources
  if (resource === undefined && only !== undefined && others.length === 0) return only
  if (resource !== undefined && resources.includes(resource)) return resource
  throw optionError(
    'resource',
    `must be one of the option "resources", which has ${resources.join(', ') || 'none'}`,
  )
}

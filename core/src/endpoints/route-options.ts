import { optionError } from '../errors/option-error'
import { assertIssuer } from '../options/issuer'
import { readOptions } from '../options/read-options'
import { type Rule, type Rules, aFunction } from '../options/rules'
import { isScope } from '../protocol/scope'
import { type EndpointName, endpoints } from '.'
import type { Origins } from './cors'
import type { Locations } from './metadata'
import type { Context } from '../context'
import { parsedUrl } from '../values/parsed-url'

/** The options of the router: the endpoints, their paths and the origins that may call them. */
export interface RouteOptions {
  /** The path of the endpoints, below the path of the issuer. @default '/oauth' */
  prefix?: string
  /** The endpoints to mount. @default all that the grant types need */
  endpoints?: readonly EndpointName[]
  /** The scopes listed in the metadata. @default none are listed */
  scopes?: readonly string[]
  /**
   * The origins whose scripts may call the endpoints for tokens, revocation, registration, pushed
   * requests and device authorization. `true` allows any origin. A list looks like
   * `['https://app.example.com']`. A function `(origin) => boolean` decides about each. The metadata
   * is public: scripts of any origin may read it. @default none
   */
  cors?: Origins
}

/** The options for the metadata of a protected resource. */
export interface ResourceOptions {
  /** One of the URIs in the option `resources`. @default the only one */
  resource?: string
  /** The scopes listed in the metadata. @default none are listed */
  scopes?: readonly string[]
  /** `'required'` says that the resource refuses bearer tokens, as `authorise()` with this option. */
  dpop?: 'required'
  /** The origins whose scripts may read it. @default true, which allows any origin */
  cors?: Origins
}

/** The rule for the option `dpop` of a resource. */
export const dpopRequired: Rule = [
  (value) => value === 'required',
  "must be 'required', or left out",
]

const scopes: Rule = [
  (value) => Array.isArray(value) && value.every(isScope),
  'must be an array of scopes (RFC 6749 3.3)',
]
const cors: Rule = [
  (value) =>
    value === true ||
    typeof value === 'function' ||
    (Array.isArray(value) && value.every(isOrigin)),
  "must be true, an array of origins such as ['https://app.example.com'], without a path, a slash " +
    'at the end or wildcards, or a function (origin) => boolean',
]

const names = endpoints.map(({ name }) => name)

const routeRules: Rules<
  RouteOptions & { authenticate?: unknown; consent?: unknown; device?: unknown }
> = {
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
  device: aFunction,
}

const resourceRules: Rules<ResourceOptions> = {
  // resourceOf() checks the value against the option "resources".
  resource: [(value) => value !== undefined, 'must be one of the option "resources"'],
  dpop: dpopRequired,
  scopes,
  cors,
}

/** The locations of the endpoints and the origins that may call them. */
export interface Located extends Locations {
  cors: Origins | undefined
}

/**
 * Returns the locations of the endpoints. Throws an OptionError if an option is wrong. An option
 * that is present but undefined is wrong too, because it is probably misspelt where it comes from.
 */
export function locationsOf(context: Context, input: RouteOptions, of: string): Located {
  assertIssuer(context.settings)
  const options = readOptions(input, routeRules, {
    of,
    defaults: { prefix: '/oauth' },
    undefinedIsLeftOut: false,
  })
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

/** Returns the checked options of a protected resource. Throws an OptionError if one is wrong. */
export function resourceOptionsOf(context: Context, input: ResourceOptions) {
  const options = readOptions(input, resourceRules, {
    of: 'resourceMetadata()',
    undefinedIsLeftOut: false,
  })
  const resource = resourceOf(context, options.resource)
  assertIssuer(context.settings)
  assertDpop(context, options.dpop)
  return {
    resource,
    dpop: options.dpop,
    scopes: options.scopes && [...options.scopes],
    cors: copyOf(options.cors) ?? true,
  }
}

function copyOf(origins: Origins | undefined): Origins | undefined {
  return Array.isArray(origins) ? [...origins] : origins
}

/** Throws an OptionError if a resource requires DPoP and the server has it off. */
export function assertDpop({ settings }: Context, required: 'required' | undefined): void {
  if (required && !settings.dpop)
    throw optionError('dpop', 'needs the option "dpop" of the server, which is off')
}

function isOrigin(value: unknown): boolean {
  return typeof value === 'string' && parsedUrl(value)?.origin === value && !value.includes('*')
}

/**
 * Returns the resource, or the only configured one if the argument is undefined. Throws an
 * OptionError if the resource is not configured.
 */
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

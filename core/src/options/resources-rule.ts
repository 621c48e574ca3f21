import type { AccessTokenFormat } from '../contract/store'
import { optionError } from '../errors/option-error'
import { resourceProblem } from '../protocol/resource'
import { isPlainObject } from '../values/is-object'
import type { Rule } from './rules'
import type { AnyOptions, ProtectedResource } from './server-options'

type Resources = NonNullable<AnyOptions['resources']>

/** The rule for the format of access tokens. */
export const accessTokenFormatRule: Rule = [
  (value) => value === 'opaque' || value === 'jwt',
  "must be 'opaque' or 'jwt'",
]

/** The rule for the option `resources`. assertResources() checks each of them. */
export const resourcesRule: Rule = [
  (value) => Array.isArray(value) && value.length > 0,
  "must be an array of absolute URIs without fragment, such as ['https://api.example.com'], or of " +
    "objects such as { resource: 'https://api.example.com', accessTokenFormat: 'jwt' }",
]

/** Throws an OptionError if a resource is wrong, or if one has two formats. */
export function assertResources(resources: Resources): void {
  const formats = new Map<string, AccessTokenFormat | undefined>()
  // Array.from() also visits the holes of a list.
  for (const [at, one] of Array.from<unknown>(resources).entries()) {
    const { resource, accessTokenFormat } = entryOf(one, at)
    if (formats.has(resource) && formats.get(resource) !== accessTokenFormat)
      throw optionError('resources', `has ${resource} twice with different formats: remove one`)
    formats.set(resource, accessTokenFormat)
  }
}

/** Returns a resource as an object. Throws an OptionError that names the member that is wrong. */
function entryOf(value: unknown, at: number): ProtectedResource {
  const fail = (text: string) => optionError('resources', `has at position ${at + 1} ${text}`)
  const entry = isPlainObject(value) ? value : { resource: value }
  const { resource, accessTokenFormat, ...unknown } = entry as unknown as ProtectedResource
  const [other] = Object.keys(unknown)
  if (other !== undefined)
    throw fail(`the member "${other}", but must be { resource, accessTokenFormat }`)
  const problem = resourceProblem(resource)
  if (problem !== undefined)
    throw fail(`a resource that ${problem}: it must be one such as 'https://api.example.com'`)
  const [isFormat, says] = accessTokenFormatRule
  if (accessTokenFormat !== undefined && !isFormat(accessTokenFormat))
    throw fail(`the member "accessTokenFormat", which ${says}`)
  return entry as unknown as ProtectedResource
}

/** Returns the distinct URIs of the resources. */
export function urisOf(resources: Resources): readonly string[] {
  return [...new Set(resources.map((one) => (typeof one === 'string' ? one : one.resource)))]
}

/** Returns the formats of the resources that have their own, by their URIs. */
export function formatsOf(resources: Resources): ReadonlyMap<string, AccessTokenFormat> {
  const formats = new Map<string, AccessTokenFormat>()
  for (const one of resources) {
    if (typeof one === 'object' && one.accessTokenFormat !== undefined)
      formats.set(one.resource, one.accessTokenFormat)
  }
  return formats
}

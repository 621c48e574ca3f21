import type { AccessTokenFormat } from '../contract/store'
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

/** The rule for the option `resources`. */
export const resourcesRule: Rule = [
  (value) => Array.isArray(value) && value.length > 0 && Array.from(value).every(isResource),
  "must be an array of absolute URIs without fragment, such as ['https://api.example.com'], or of " +
    "objects such as { resource: 'https://api.example.com', accessTokenFormat: 'jwt' }",
]

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

function isResource(value: unknown): boolean {
  if (!isPlainObject(value)) return !resourceProblem(value)
  const {
    resource,
    accessTokenFormat = 'opaque',
    ...unknown
  } = value as unknown as ProtectedResource
  const [isFormat] = accessTokenFormatRule
  return (
    !resourceProblem(resource) && isFormat(accessTokenFormat) && Object.keys(unknown).length === 0
  )
}

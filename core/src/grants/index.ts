import { optionError } from '../errors/option-error'
import { nearestOf } from '../options/read-options'
import type { Settings } from '../options/settings'
import type { Client, Store } from '../contract/store'
import { authorizationCode } from './authorization-code'
import { clientCredentials } from './client-credentials'
import { deviceCode } from './device-code'
import { extension } from './extension'
import { type GrantType, commonParameters } from './grant-type'
import { jwtBearer } from './jwt-bearer'
import { password } from './password'
import { refreshToken } from './refresh-token'
import { parsedUrl } from '../values/parsed-url'

/** The registry: a grant type exists if it is listed here. */
export const grantTypes: readonly GrantType[] = [
  authorizationCode,
  clientCredentials,
  password,
  refreshToken,
  jwtBearer,
  deviceCode,
]

const byName = new Map(grantTypes.map((grantType) => [grantType.name, grantType]))
const names = [...byName.keys()]

/** Every parameter of the form except `resource`, with its maximum length in characters. */
export const parameters: readonly (readonly [name: string, longest: number])[] = Object.entries(
  Object.assign(
    {},
    commonParameters,
    ...grantTypes.map((grantType) => grantType.parameters),
  ) as Record<string, number>,
)

/** Returns the grant type with this name, or `undefined` if the server does not offer it. */
export function offeredGrantType(name: string, settings: Settings): GrantType | undefined {
  const { grants, profile } = settings
  const offered = grants.includes(name)
  const known = byName.get(name)
  if (known && known.isEnabled?.(settings) !== false) return offered ? known : undefined
  // RFC 6749 4.5: an extension grant is named by an absolute URI.
  const isExtension = /^[a-zA-Z][a-zA-Z0-9+.-]+:/.test(name)
  return isExtension && (offered || profile.anyExtension) ? extension : undefined
}

/** Returns whether a public client can use the grant type. */
export function isForPublicClients(name: string): boolean {
  return byName.get(name)?.publicClients ?? true
}

/**
 * Throws an OptionError if the option `grants` has an unknown grant type, or if a grant type needs
 * an option that is missing.
 */
export function assertGrantTypes(settings: Settings, store: Store): void {
  for (const name of settings.grants) {
    const grantType = registered(name)
    if (!grantType) {
      throw optionError(
        'grants',
        `has the unknown value "${name}": use ${names.join(', ')}, or an absolute URI with ` +
          '"extendedGrant"',
      )
    }
    grantType.assertSettings?.(settings, store)
  }
}

/** Throws an OptionError if the client cannot be registered for one of its grant types. */
export function assertClientGrantTypes(client: Client): void {
  for (const name of client.grantTypes) {
    const grantType = typeof name === 'string' ? registered(name) : undefined
    if (!grantType) throw unknownGrantType(name)
    if (client.type === 'public' && grantType.publicClients === false) {
      throw optionError(
        'grantTypes',
        `of a public client cannot include ${name} (RFC 6749 4.4): leave it out`,
      )
    }
    grantType.assertClient?.(client)
  }
}

function registered(name: string): GrantType | undefined {
  return byName.get(name) ?? (parsedUrl(name) ? extension : undefined)
}

/** Returns the error for an unknown grant type, which suggests the nearest known one. */
function unknownGrantType(name: unknown): TypeError {
  if (typeof name !== 'string' || name === '')
    return optionError('grantTypes', `has "${String(name)}", which is not a grant type`)
  const nearest = nearestOf(name, names)
  const choice = `${names.join(', ')}, or an absolute URI`
  const fix = nearest === undefined ? `use ${choice}` : `did you mean "${nearest}"? Use ${choice}`
  return optionError('grantTypes', `has the unknown value "${name}": ${fix}`)
}

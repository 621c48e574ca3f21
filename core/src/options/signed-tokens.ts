import { checkedKeys } from '../crypto/key-set'
import type { KeySource } from '../crypto/key-ring'
import { optionError } from '../errors/option-error'
import type { AccessTokenFormat } from '../contract/store'
import type { Profile } from '../profile'
import type { AnyOptions } from './server-options'

/** The settings that concern signed access tokens. */
interface SignedTokenSettings {
  keys: KeySource | undefined
  profile: Pick<Profile, 'name'>
  issuer: string | undefined
  accessTokenFormat: AccessTokenFormat
  resourceFormats: ReadonlyMap<string, AccessTokenFormat>
  accessTokenLifetime: number | null
  grantLifetime: number | null
}

/** Returns the checked keys. Throws an OptionError if one is wrong. */
export function keySourceOf(keys: AnyOptions['keys']): KeySource | undefined {
  return keys === undefined || typeof keys === 'function' ? keys : checkedKeys(keys)
}

/** Throws an OptionError if the options about signed access tokens contradict each other. */
export function assertSignedTokens(settings: SignedTokenSettings): void {
  const { keys, profile, issuer, accessTokenFormat, resourceFormats } = settings
  if (keys && profile.name !== 'oauth2.1') throw optionError('keys', "needs the profile 'oauth2.1'")
  if (keys && issuer === undefined) {
    throw optionError(
      'issuer',
      'is missing, but "keys" is set: set it to the public URL of this server, which signed tokens ' +
        'contain',
    )
  }
  const ofResource = [...resourceFormats].find(([, format]) => format === 'jwt')
  if (accessTokenFormat !== 'jwt' && !ofResource) return
  const [option, where] =
    accessTokenFormat === 'jwt'
      ? ['accessTokenFormat', '']
      : ['resources', `has ${ofResource![0]} with the accessTokenFormat 'jwt', which `]
  if (!keys) {
    throw optionError(
      option,
      `${where || "'jwt' "}needs the option "keys": "oauth2-kit keys generate" makes a key, and ` +
        'keysFromFile(path) reads it',
    )
  }
  // RFC 9068 2.2: "exp" is required.
  if (settings.accessTokenLifetime === null && settings.grantLifetime === null) {
    throw optionError(
      'accessTokenLifetime',
      'must be seconds, because a signed access token always expires (RFC 9068 2.2)',
    )
  }
}

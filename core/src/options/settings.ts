import { OptionError, optionError } from '../errors/option-error'
import { types } from 'node:util'
import { timeoutAfter } from '../async/timeout'
import { hookError } from '../contract/hook-answer'
import { described } from '../values/described'
import { believed } from './believed'
import { type Profile, profiles } from '../profile'
import type { ClientMetadataSettings } from './client-metadata'
import { debugging } from './debugging'
import { isSecureUrl } from './issuer'
import { assertVerificationUri, longestDeviceCode, verificationUriRule } from './device-codes'
import { type DpopSettings, dpopRule, dpopSettings } from './dpop-options'
import { readOptions } from './read-options'
import {
  type Rule,
  type Rules,
  aBoolean,
  aFunction,
  anything,
  orNull,
  seconds,
  timerMs,
  wholeNumber,
} from './rules'
import { scryptPasswords } from '../crypto/password'
import { passwordsRule } from './passwords-rule'
import { limiterRule } from './limiter-rule'
import {
  type RegistrationSettings,
  assertRegistration,
  registrationRule,
} from './registration-options'
import { storageOf } from './storage-of'
import { type CheckedIssuer, jwtBearerName } from './trusted-issuers'
import { usersRule } from './users-rule'
import {
  accessTokenFormatRule,
  assertResources,
  formatsOf,
  resourcesRule,
  urisOf,
} from './resources-rule'
import { assertSignedTokens, keySourceOf } from './signed-tokens'
import type { KeySource } from '../crypto/key-ring'
import { type AccessTokenFormat, type Store, isStore } from '../contract/store'
import type { Model } from '../contract/model'
import type { AnyOptions, Options, StoreOnlyOptions } from './server-options'
import { isPlainObject } from '../values/is-object'
import { parsedUrl } from '../values/parsed-url'

/** The defaults that do not depend on the profile or the store. */
export const defaults = Object.freeze({
  accessTokenLifetime: 3600,
  refreshTokenLifetime: 1209600,
  authCodeLifetime: 30,
  deviceCodeLifetime: 600,
  grantLifetime: null,
  refreshGrace: 10,
  rotationsPerHour: 60,
  requirePkce: true,
  requirePushedAuthorizationRequests: false,
  allowInsecureIssuer: false,
  anyLocalhostPort: false,
  passthroughErrors: false,
  continueAfterResponse: false,
  storeTimeout: 5000,
  accessTokenFormat: 'opaque',
  passwords: scryptPasswords,
  // Date.now is read on each call, because a test may replace it.
  now: () => Date.now(),
} satisfies Partial<AnyOptions>)

/** The checked options with their defaults. */
export interface Settings extends Required<
  Omit<
    AnyOptions,
    | 'store'
    | 'model'
    | 'profile'
    | 'issuer'
    | 'resources'
    | 'keys'
    | 'debug'
    | 'authCodeLifetime'
    | 'scopes'
    | 'claims'
    | 'generateToken'
    | 'extendedGrant'
    | 'limiter'
    | 'clientAddress'
    | 'clientMetadata'
    | 'trustedIssuers'
    | 'fetchJwks'
    | 'dpop'
    | 'registration'
    | 'verificationUri'
  >
> {
  /** The store or model. */
  model: Store | Model
  profile: Profile
  issuer: string | undefined
  resources: readonly string[] | undefined
  /** The formats of access tokens of the resources that have their own. */
  resourceFormats: ReadonlyMap<string, AccessTokenFormat>
  keys: KeySource | undefined
  authCodeLifetime: number
  scopes: AnyOptions['scopes']
  claims: AnyOptions['claims']
  generateToken: AnyOptions['generateToken']
  extendedGrant: AnyOptions['extendedGrant']
  limiter: AnyOptions['limiter']
  clientAddress: AnyOptions['clientAddress']
  clientMetadata: ClientMetadataSettings | undefined
  trustedIssuers: readonly CheckedIssuer[] | undefined
  fetchJwks: AnyOptions['fetchJwks']
  /** Undefined means that DPoP is off. */
  dpop: DpopSettings | undefined
  /** Undefined means that clients cannot register themselves. */
  registration: RegistrationSettings | undefined
  /** Undefined means the URL of the endpoint `device`. */
  verificationUri: string | undefined
  /** Passes an error to `debug`. */
  report: (error: Error) => void
  /** Whether nobody has silenced warnings with `debug: false`. */
  warns: boolean
}

const secondsOrNull: Rule = orNull(seconds, 'no limit')

/** Every option with its rule. */
export const rules: Rules<AnyOptions> = {
  // storageOf() checks both.
  store: anything,
  model: anything,
  profile: [
    (value) => Object.keys(profiles).includes(value as string),
    "must be 'v2' or 'oauth2.1'",
  ],
  grants: [
    (value) => Array.isArray(value) && value.every((grant) => typeof grant === 'string'),
    "must be an array of grant types, such as ['authorization_code', 'refresh_token']",
  ],
  issuer: [isIssuer, "must be this server's https URL, without query or fragment"],
  allowInsecureIssuer: aBoolean,
  anyLocalhostPort: aBoolean,
  resources: resourcesRule,
  // keySourceOf() checks them.
  keys: anything,
  accessTokenFormat: accessTokenFormatRule,
  accessTokenLifetime: secondsOrNull,
  refreshTokenLifetime: secondsOrNull,
  authCodeLifetime: secondsOrNull,
  deviceCodeLifetime: wholeNumber(1, longestDeviceCode, 'seconds'),
  verificationUri: verificationUriRule,
  grantLifetime: secondsOrNull,
  refreshGrace: seconds,
  rotationsPerHour: orNull(wholeNumber(1), 'no limit'),
  requirePkce: aBoolean,
  requirePushedAuthorizationRequests: aBoolean,
  dpop: dpopRule,
  // clientMetadataOf() checks its members.
  clientMetadata: [isPlainObject, 'must be an object, such as { scopes: null }'],
  clientIdRegex: [types.isRegExp, 'must be a regular expression'],
  debug: [
    (value) => typeof value === 'boolean' || typeof value === 'function',
    'must be true, false or a function',
  ],
  passthroughErrors: aBoolean,
  continueAfterResponse: aBoolean,
  storeTimeout: timerMs,
  users: usersRule,
  limiter: limiterRule,
  clientAddress: aFunction,
  passwords: passwordsRule,
  scopes: aFunction,
  claims: aFunction,
  generateToken: aFunction,
  extendedGrant: aFunction,
  // trustedIssuersOf() checks each of them.
  trustedIssuers: [
    Array.isArray,
    'must be an array of issuers, such as [{ issuer, jwksUri, user }]',
  ],
  fetchJwks: aFunction,
  registration: registrationRule,
  now: aFunction,
}

const storesOnly = Object.keys({
  keys: true,
  accessTokenFormat: true,
  deviceCodeLifetime: true,
  verificationUri: true,
  grantLifetime: true,
  refreshGrace: true,
  rotationsPerHour: true,
  requirePkce: true,
  requirePushedAuthorizationRequests: true,
  dpop: true,
  clientMetadata: true,
  users: true,
  passwords: true,
  scopes: true,
  claims: true,
  generateToken: true,
  extendedGrant: true,
  trustedIssuers: true,
  fetchJwks: true,
  registration: true,
} satisfies Record<keyof StoreOnlyOptions, true>) as (keyof StoreOnlyOptions)[]

/** Returns the checked options with their defaults. Throws an OptionError if one is wrong. */
export function settingsOf(input: Options): Settings {
  const { store, ...options } = definedOptions(input)
  const model = storageOf(store, options.model)
  const onStore = isStore(model)
  if (!onStore) {
    assertModelOptions(options)
  }

  if (options.resources) assertResources(options.resources)
  const profile = profiles[options.profile ?? (onStore ? 'oauth2.1' : 'v2')]
  const clock = options.now ?? defaults.now
  const settings: Settings = {
    users: {},
    scopes: undefined,
    claims: undefined,
    generateToken: undefined,
    extendedGrant: undefined,
    limiter: undefined,
    clientAddress: undefined,
    fetchJwks: undefined,
    verificationUri: undefined,
    ...defaults,
    ...options,
    clientMetadata: undefined,
    trustedIssuers: undefined,
    registration: undefined,
    ...believed(options, timeoutAfter(options.storeTimeout ?? defaults.storeTimeout)),
    model,
    profile,
    grants: [...(options.grants ?? profile.grants)],
    issuer: options.issuer,
    resources: options.resources && urisOf(options.resources),
    resourceFormats: formatsOf(options.resources ?? []),
    keys: keySourceOf(options.keys),
    // A code always expires, as in the 2.4 line.
    authCodeLifetime: options.authCodeLifetime || defaults.authCodeLifetime,
    now: () => timeOf(clock()),
    dpop: onStore ? dpopSettings(options.dpop, profile.name, options.issuer) : undefined,
    clientIdRegex: stateless(options.clientIdRegex ?? profile.clientIdRegex),
    report: debugging(options.debug ?? false),
    warns: options.debug !== false,
  }
  assertSecureIssuer(settings)
  for (const name of [
    'resources',
    'clientMetadata',
    'trustedIssuers',
    'fetchJwks',
    'registration',
    'verificationUri',
    'requirePushedAuthorizationRequests',
  ] as const) {
    if (settings[name] && profile.name !== 'oauth2.1')
      throw optionError(name, "needs the profile 'oauth2.1'")
  }
  assertClientMetadata(settings)
  if (settings.trustedIssuers && !settings.grants.includes(jwtBearerName))
    throw optionError('trustedIssuers', `needs the grant type ${jwtBearerName}: add it to "grants"`)
  if (settings.verificationUri !== undefined)
    assertVerificationUri(settings.verificationUri, settings)
  assertSignedTokens(settings)
  if (settings.registration) assertRegistration(settings.registration, settings)
  return settings
}

/** Returns the time in whole milliseconds. With NaN, for example, nothing would ever expire. */
function timeOf(time: unknown): number {
  const milliseconds = Math.floor(Number(time))
  if (Number.isSafeInteger(milliseconds)) return milliseconds
  throw hookError(`"now" must return milliseconds since the epoch, but returned ${described(time)}`)
}

/** Returns a copy of the options, without those that are undefined. */
function definedOptions(options: unknown): AnyOptions {
  if (typeof options !== 'object' || options === null) {
    throw new OptionError(
      'store',
      'oauthserver() takes an object with options: "store" or "model" is required',
    )
  }
  // Spread, because an instance of a configuration class is allowed too.
  return readOptions({ ...options }, rules, { of: 'oauthserver()' })
}

function assertModelOptions(options: AnyOptions): void {
  if (options.profile === 'oauth2.1') {
    throw optionError(
      'profile',
      "'oauth2.1' needs a store, because a 2.4 model cannot redeem a code atomically: pass one " +
        'of the stores of oauth2-kit',
    )
  }
  const misplaced = storesOnly.find((name) => name in options)
  if (misplaced) {
    const fix =
      misplaced === 'generateToken' || misplaced === 'extendedGrant'
        ? 'put it on the model'
        : 'leave it out'
    throw optionError(misplaced, `needs a store, but "model" is a 2.4 model: ${fix}`)
  }
}

function assertClientMetadata({ clientMetadata, clientIdRegex, grants }: Settings): void {
  if (!clientMetadata) return
  if (!grants.includes('authorization_code'))
    throw optionError(
      'clientMetadata',
      'needs the grant type authorization_code: add it to "grants"',
    )
  if (!clientIdRegex.test('https://client.example/client.json'))
    throw optionError('clientIdRegex', 'must match URLs, which are the ids of "clientMetadata"')
}

/** Returns whether a value is an issuer URL (RFC 8414 2). */
function isIssuer(value: unknown): boolean {
  if (typeof value !== 'string' || !parsedUrl(value) || /[?#]/.test(value)) return false
  const { username, password } = new URL(value)
  return /^https?:\/\/\S+$/i.test(value) && username === '' && password === ''
}

/** RFC 8414 2: the issuer uses https. Loopback hosts may use http. */
function assertSecureIssuer({ issuer, allowInsecureIssuer, warns }: Settings): void {
  if (issuer === undefined || isSecureUrl(issuer)) return
  if (!allowInsecureIssuer) {
    throw optionError(
      'issuer',
      "must be this server's https URL (http on a loopback host only). In a private network, such " +
        'as Docker, set "allowInsecureIssuer" to true',
    )
  }
  if (warns)
    process.emitWarning(
      `The issuer ${issuer} uses plain http: anyone in the network can read codes and tokens`,
      { code: 'OAUTH2_KIT_INSECURE_ISSUER' },
    )
}

/** Returns the expression without the flags g and y, which keep state between calls. */
function stateless({ source, flags }: RegExp): RegExp {
  return new RegExp(source, flags.replace(/[gy]/g, ''))
}

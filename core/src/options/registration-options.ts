import type { AuthMethod, ClientInfo } from '../contract/store'
import type { Limiter } from '../contract/limiter'
import type { ModelRequest } from '../contract/model'
import { expected, hookError, objectOrNull, trueOrFalse } from '../contract/hook-answer'
import { equalHashes, sha256 } from '../crypto/hash'
import { optionError } from '../errors/option-error'
import { confidentialMethods } from '../protocol/client-authentication'
import type { MetadataPolicy } from '../protocol/client-metadata'
import { isScope } from '../protocol/scope'
import { isPlainObject } from '../values/is-object'
import type { AnswerOf } from './answers-within'
import { limiterRule } from './limiter-rule'
import { privateUseSchemesRule } from './private-use-schemes'
import { readOptions } from './read-options'
import { type Rule, type Rules, aBoolean, aFunction } from './rules'

/** The metadata that a client sends to register itself (RFC 7591 2). Nothing in it is verified. */
export type ClientMetadata = Record<string, unknown>

/** What the functions of the option `registration` receive. */
export interface RegistrationAttempt {
  /** What the client sent, with the claims of an accepted software statement. */
  metadata: ClientMetadata
  /** The client that replaces its registration (RFC 7592 2.2). Undefined for a new client. */
  client: ClientInfo | undefined
  /** Whether the request has an initial access token. Always false if `client` is defined. */
  hasInitialAccessToken: boolean
  /** The address that the request came from. `undefined` means unknown. */
  address: string | undefined
  /** The request of the framework. */
  request: ModelRequest
}

/** How clients may register themselves (RFC 7591). */
export interface RegistrationOptions {
  /** The scopes that these clients may request. `null` means any. */
  scopes: readonly string[] | null
  /** Whether anybody may register a client. @default false */
  open?: boolean
  /**
   * A secret of at least 16 characters, or several, one of which a client must present to register.
   * With `open`, a client may present it.
   */
  initialAccessToken?: string | readonly string[]
  /**
   * Returns whether a client may register, or replace its registration. Only `true` allows it. It is
   * called after the metadata and the initial access token were checked.
   */
  allow?(attempt: RegistrationAttempt): boolean | Promise<boolean>
  /**
   * The grant types that these clients may use.
   * @default authorization_code and refresh_token, as far as the server offers them
   */
  grantTypes?: readonly string[]
  /**
   * How these clients may authenticate.
   * @default none, client_secret_basic, client_secret_post and private_key_jwt
   */
  authMethods?: readonly AuthMethod[]
  /**
   * The private-use URI schemes that redirect URIs may have although they are no reversed domain name,
   * such as `['cursor', 'vscode']` (RFC 8252 7.1). @default none
   */
  privateUseSchemes?: readonly string[]
  /**
   * Verifies a software statement (RFC 7591 2.3) and returns its claims, which take precedence over
   * the metadata. `null` refuses it. Check the signature and the issuer. @default all are refused
   */
  softwareStatement?(
    statement: string,
    about: RegistrationAttempt,
  ): ClientMetadata | null | Promise<ClientMetadata | null>
  /** Limits registrations. @default the option `limiter` of the server */
  limiter?: Limiter
}

/** The checked option `registration`. */
export interface RegistrationSettings extends Omit<
  Required<RegistrationOptions>,
  'initialAccessToken' | 'grantTypes' | 'allow' | 'softwareStatement' | 'limiter'
> {
  /** Returns whether a text is one of the initial access tokens. Undefined if none exists. */
  isInitialAccessToken: ((text: string) => boolean) | undefined
  /** Undefined means the default. */
  grantTypes: readonly string[] | undefined
  allow: ((attempt: RegistrationAttempt) => Promise<boolean>) | undefined
  softwareStatement:
    | ((statement: string, about: RegistrationAttempt) => Promise<ClientMetadata | null>)
    | undefined
  limiter: Limiter | undefined
}

/** The defaults of `RegistrationOptions`. */
export const registrationDefaults = Object.freeze({
  open: false,
  authMethods: Object.freeze(['none', ...confidentialMethods] as const),
  privateUseSchemes: Object.freeze([]),
} satisfies Partial<RegistrationOptions>)

const defaultGrantTypes = ['authorization_code', 'refresh_token']
const shortestToken = 16

const rules: Rules<RegistrationOptions> = {
  scopes: [
    (value) => value === null || (Array.isArray(value) && value.every(isScope)),
    'must be an array of scopes (RFC 6749 3.3), or null for any',
  ],
  open: aBoolean,
  initialAccessToken: [
    (value) => {
      const tokens = Array.isArray(value) ? (value as unknown[]) : [value]
      return tokens.length > 0 && tokens.every(isToken)
    },
    `must be a random string of at least ${shortestToken} characters A-Z a-z 0-9 - . _ ~ + / ` +
      '(RFC 6750 2.1), or an array of such strings',
  ],
  allow: aFunction,
  grantTypes: someOf((value) => typeof value === 'string' && value !== '', 'grant types'),
  authMethods: someOf(
    (value) => registrationDefaults.authMethods.includes(value as AuthMethod),
    registrationDefaults.authMethods.join(', '),
  ),
  privateUseSchemes: privateUseSchemesRule,
  softwareStatement: aFunction,
  limiter: limiterRule,
}

function someOf(holds: (value: unknown) => boolean, what: string): Rule {
  return [
    (value) => Array.isArray(value) && value.length > 0 && value.every(holds),
    `must be an array of ${what}, and not empty`,
  ]
}

function isToken(value: unknown): boolean {
  return (
    typeof value === 'string' &&
    value.length >= shortestToken &&
    /^[A-Za-z0-9._~+/-]+=*$/.test(value)
  )
}

/** The rule for the option `registration`. */
export const registrationRule: Rule = [
  isPlainObject,
  "must be an object, such as { scopes: ['profile'], open: true }",
]

/**
 * Returns a copy of the option. The return values of its functions are checked. Throws an OptionError
 * if it is wrong.
 */
export function registrationOf(
  given: RegistrationOptions,
  answerOf: AnswerOf,
): RegistrationSettings {
  const read = readOptions(given, rules, {
    of: 'oauthserver()',
    in: 'registration',
    defaults: registrationDefaults,
  })
  const { scopes, open, initialAccessToken, allow, softwareStatement } = read
  // A forgotten list must not mean "any".
  if (scopes === undefined)
    throw optionError(
      'registration.scopes',
      'is missing: list the scopes that these clients may request, or set null for any',
    )
  if (!open && initialAccessToken === undefined && !allow)
    throw optionError(
      'registration',
      'needs "open: true", "initialAccessToken" or "allow", which say who may register a client',
    )
  return {
    scopes: scopes && [...scopes],
    open,
    authMethods: [...read.authMethods],
    privateUseSchemes: [...read.privateUseSchemes],
    grantTypes: read.grantTypes && [...read.grantTypes],
    limiter: read.limiter,
    isInitialAccessToken:
      initialAccessToken === undefined ? undefined : oneOf([initialAccessToken].flat()),
    allow:
      allow &&
      (async (attempt) =>
        expected(
          'registration.allow',
          // Called on the object of the application, as a method of it.
          await answerOf('registration.allow', () => given.allow!(attempt)),
          trueOrFalse,
        )),
    softwareStatement:
      softwareStatement &&
      (async (statement, about) =>
        claimsOf(
          await answerOf('registration.softwareStatement', () =>
            given.softwareStatement!(statement, about),
          ),
        )),
  }
}

/** Returns whether a text is one of the tokens, in a time that does not depend on them. */
function oneOf(tokens: readonly string[]): (text: string) => boolean {
  const hashes = tokens.map(sha256)
  return (text) => {
    const hash = sha256(text)
    return hashes.filter((one) => equalHashes(one, hash)).length > 0
  }
}

function claimsOf(value: unknown): ClientMetadata | null {
  const claims = expected('registration.softwareStatement', value, objectOrNull)
  if (claims === null || isPlainObject(claims)) return claims
  throw hookError('"registration.softwareStatement" must return a plain object, or null')
}

/** Returns what clients that register themselves may have. `offered` are the server's grant types. */
export function registrationPolicy(
  { scopes, authMethods, grantTypes = defaultGrantTypes, privateUseSchemes }: RegistrationSettings,
  offered: readonly string[],
): MetadataPolicy {
  // RFC 7591 2: a client that names no method uses client_secret_basic.
  const basic = authMethods.filter((method) => method === 'client_secret_basic')
  return {
    scopes,
    grantTypes: grantTypes.filter((name) => offered.includes(name)),
    authMethods: [...new Set([...basic, ...authMethods])],
    privateUseSchemes,
  }
}

/** The settings that the option has to fit. */
interface OtherSettings {
  issuer: string | undefined
  grants: readonly string[]
  limiter: Limiter | undefined
  warns: boolean
}

/**
 * Throws an OptionError if the option does not fit the others. Warns if anybody may register any
 * number of clients.
 */
export function assertRegistration(
  registration: RegistrationSettings,
  { issuer, grants, limiter, warns }: OtherSettings,
): void {
  if (issuer === undefined)
    throw optionError(
      'registration',
      'needs "issuer": a client that registers itself gets URLs of this server',
    )
  const missing = registration.grantTypes?.find((name) => !grants.includes(name))
  if (missing !== undefined)
    throw optionError(
      'registration.grantTypes',
      `has "${missing}", which the server does not offer: add it to "grants"`,
    )
  const { grantTypes } = registrationPolicy(registration, grants)
  if (grantTypes.every((name) => name === 'refresh_token'))
    throw optionError(
      'registration.grantTypes',
      'must have a grant type that issues tokens, such as authorization_code',
    )
  const { open, isInitialAccessToken } = registration
  const isLimited = registration.limiter !== undefined || limiter !== undefined
  if (isLimited || !warns || (isInitialAccessToken && !open)) return
  process.emitWarning(
    'Anybody can register any number of clients: set "limiter", such as memoryLimiter() of ' +
      '@oauth2-kit/limiter, and remove unused clients with startPurge(store, { unusedClientsSeconds })',
    { code: 'OAUTH2_KIT_UNLIMITED' },
  )
}

import { types } from 'node:util'
import { asServerError, hookError } from '../contract/hook-answer'
import type { ModelRequest } from '../contract/model'
import { type TimedNonces, timedNonces } from '../crypto/timed-nonces'
import { type OptionError, optionError } from '../errors/option-error'
import type { ProfileName } from '../profile'
import { comparableUrl } from '../protocol/comparable-url'
import { isPlainObject } from '../values/is-object'
import { described } from '../values/described'
import { readOptions } from './read-options'
import { type Rule, type Rules, aFunction, wholeNumber } from './rules'

/** The details of DPoP, in the option `dpop`. */
export interface DpopOptions {
  /**
   * A secret of at least 32 characters, the same in every process. With it, a proof needs a nonce of
   * the server (RFC 9449 8 and 9). Of several secrets, the first makes the nonces, and all accept
   * them. @default none, and proofs have no nonce
   */
  nonceSecret?: string | readonly string[]
  /** The maximum age of a proof in seconds, if the server uses no nonces. @default 60 */
  proofLifetime?: number
  /**
   * Returns the public URL of a request to a resource, if a proxy changes its path. It must not trust a
   * header that a client can set. The URLs of the server's own endpoints follow from the issuer, so
   * it is called for these only if the server has none. @default the origin of the resource or the
   * issuer, and the path of the request
   */
  url?(request: ModelRequest): string
}

/** The checked option `dpop`. */
export interface DpopSettings {
  nonces: TimedNonces | undefined
  proofLifetime: number
  /** Returns the public URL of a request of the framework. Undefined means the origin and the path. */
  url: ((request: unknown) => string) | undefined
}

/** The defaults of `DpopOptions`. */
export const dpopDefaults = Object.freeze({ proofLifetime: 60 } satisfies DpopOptions)

const shortestSecret = 32

const rules: Rules<DpopOptions> = {
  nonceSecret: [
    (value) => {
      const secrets = Array.isArray(value) ? (value as unknown[]) : [value]
      return secrets.length > 0 && secrets.every(isSecret)
    },
    `must be a random string of at least ${shortestSecret} characters, or an array of such strings`,
  ],
  proofLifetime: wholeNumber(1, 3600, 'seconds'),
  url: aFunction,
}

/** The rule for the option `dpop`. */
export const dpopRule: Rule = [
  (value) => typeof value === 'boolean' || isPlainObject(value),
  'must be true, false, or an object with nonceSecret, proofLifetime or url',
]

/** Returns the checked option, or `undefined` if DPoP is off. Throws an OptionError if it is wrong. */
export function dpopSettings(
  option: boolean | DpopOptions | undefined,
  profile: ProfileName,
  issuer: string | undefined,
): DpopSettings | undefined {
  if (option === false) return undefined
  const options = readOptions(typeof option === 'object' ? option : {}, rules, {
    of: 'oauthserver()',
    in: 'dpop',
    defaults: dpopDefaults,
  })
  const { nonceSecret, proofLifetime, url } = options
  const problem = problemOf(profile, issuer, url)
  if (problem !== undefined) {
    if (option === undefined) return undefined
    throw problem
  }
  return {
    nonces: nonceSecret === undefined ? undefined : timedNonces([nonceSecret].flat(), 'DPoP nonce'),
    proofLifetime,
    url: url && ((request) => urlOf(() => url.call(option, request as ModelRequest))),
  }
}

/** Returns why DPoP cannot be on. */
function problemOf(
  profile: ProfileName,
  issuer: string | undefined,
  url: DpopOptions['url'],
): OptionError | undefined {
  if (profile !== 'oauth2.1') return optionError('dpop', "needs the profile 'oauth2.1'")
  if (issuer !== undefined || url !== undefined) return undefined
  return optionError(
    'dpop',
    'needs "issuer", because a proof names the public URL of the request: set "issuer", or the ' +
      'function "dpop.url"',
  )
}

function urlOf(call: () => unknown): string {
  let url: unknown
  try {
    url = call()
  } catch (error) {
    throw asServerError(error)
  }
  if (typeof url === 'string' && comparableUrl(url) !== undefined && hasOneScheme(url)) return url
  // The function is probably async. A rejection of its promise must not end the process.
  if (types.isPromise(url)) url.catch(() => {})
  throw hookError(
    `"dpop.url" must return the http or https URL of the request, but returned ${types.isPromise(url) ? 'a promise' : described(url)}`,
  )
}

/**
 * Returns whether the URL has only one "://" before its query. A second one shows that an absolute URL
 * was appended, such as the `url` of a web-standard request.
 */
function hasOneScheme(url: string): boolean {
  return url.split(/[?#]/, 1)[0]!.split('://').length === 2
}

function isSecret(value: unknown): boolean {
  return typeof value === 'string' && value.length >= shortestSecret
}

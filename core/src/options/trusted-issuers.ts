import type { JsonWebKeySet } from '../contract/store'
import { expected, userOrNull } from '../contract/hook-answer'
import { signatureAlgorithms } from '../crypto/jose'
import { KeySetError, registeredKeySet } from '../crypto/public-keys'
import { OptionError, optionError } from '../errors/option-error'
import { fetchableUrlProblem } from '../http/fetch-json'
import type { AnswerOf } from './answers-within'
import { readOptions } from './read-options'
import { type Rules, aBoolean, aFunction, anything, text } from './rules'
import type { TrustedIssuer } from './server-options'

/** The grant type of assertions (RFC 7523 2.1). */
export const jwtBearerName = 'urn:ietf:params:oauth:grant-type:jwt-bearer'

/** A trusted issuer with its defaults. */
export interface CheckedIssuer extends Required<
  Omit<TrustedIssuer, 'jwks' | 'jwksUri' | 'audience'>
> {
  jwks: JsonWebKeySet | undefined
  jwksUri: string | undefined
  /** Undefined means the option `issuer`. */
  audience: readonly string[] | undefined
}

const rules: Rules<TrustedIssuer> = {
  issuer: text,
  // keysOf() checks both.
  jwks: anything,
  jwksUri: anything,
  user: aFunction,
  algorithms: [
    (value) =>
      isTexts(value) && value.every((algorithm) => signatureAlgorithms.includes(algorithm)),
    `must be an array of ${signatureAlgorithms.join(', ')}`,
  ],
  audience: [
    (value) => isTexts(typeof value === 'string' ? [value] : value),
    'must be text, or an array of texts',
  ],
  singleUse: aBoolean,
}

const defaults = Object.freeze({ algorithms: signatureAlgorithms, singleUse: true })

/**
 * Returns copies of the trusted issuers, with their defaults. The return value of `user` is checked.
 * Throws an OptionError if one is wrong.
 */
export function trustedIssuersOf(
  issuers: readonly TrustedIssuer[],
  answerOf: AnswerOf,
): CheckedIssuer[] {
  if (issuers.length === 0)
    throw optionError('trustedIssuers', 'is empty: it must have an issuer, or be left out')
  const checked = issuers.map((issuer, index) =>
    issuerOf(issuer, `trustedIssuers[${index}]`, answerOf),
  )
  const names = checked.map(({ issuer }) => issuer)
  const twice = names.find((name, index) => names.indexOf(name) < index)
  if (twice === undefined) return checked
  throw new OptionError('trustedIssuers', `"trustedIssuers" has the issuer "${twice}" twice`)
}

function issuerOf(given: TrustedIssuer, path: string, answerOf: AnswerOf): CheckedIssuer {
  const read = readOptions(given, rules, { of: 'oauthserver()', in: path, defaults })
  for (const name of ['issuer', 'user'] as const) {
    if (read[name] === undefined)
      throw new OptionError(`${path}.${name}`, `"${path}.${name}" is missing`)
  }
  const { audience } = read
  return {
    ...read,
    ...keysOf(read, path),
    audience: typeof audience === 'string' ? [audience] : audience && [...audience],
    algorithms: [...read.algorithms],
    async user(...args) {
      // Called on the object of the application, as a method of it.
      const user = await answerOf('trustedIssuers.user', () => given.user(...args))
      return expected('trustedIssuers.user', user, userOrNull) as never
    },
  }
}

function keysOf(
  { jwks, jwksUri }: Pick<TrustedIssuer, 'jwks' | 'jwksUri'>,
  path: string,
): Pick<CheckedIssuer, 'jwks' | 'jwksUri'> {
  if ((jwks === undefined) === (jwksUri === undefined))
    throw new OptionError(`${path}.jwks`, `"${path}" needs either "jwks" or "jwksUri"`)
  const problem = jwksUri === undefined ? undefined : fetchableUrlProblem(jwksUri)
  if (problem !== undefined)
    throw new OptionError(`${path}.jwksUri`, `"${path}.jwksUri" ${problem}: use an https URL`)
  try {
    return { jwks: jwks && registeredKeySet(jwks), jwksUri }
  } catch (error) {
    if (!(error instanceof KeySetError)) throw error
    throw new OptionError(`${path}.jwks`, `"${path}.jwks" ${error.message}`)
  }
}

function isTexts(value: unknown): value is string[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((one) => typeof one === 'string' && one !== '')
  )
}

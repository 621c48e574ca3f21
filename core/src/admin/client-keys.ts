import type { Client } from '../contract/store'
import { KeySetError, longestKeySet, registeredKeySet } from '../crypto/public-keys'
import { type OptionError, optionError } from '../errors/option-error'
import { fetchableUrlProblem } from '../http/fetch-json'
import { secretMethods } from '../protocol/client-authentication'
import { isObject } from '../values/is-object'

const longestUri = 2048

/** Returns a copy of the keys of a client that are set. */
export function keysOf({ jwks }: Pick<Client, 'jwks'>): Pick<Client, 'jwks'> {
  return jwks === undefined ? {} : { jwks: checkedKeys(jwks) }
}

/**
 * Throws an OptionError unless a client with `private_key_jwt` has either `jwks` or `jwksUri`, and any
 * other client has neither.
 */
export function assertKeys({ authMethod, jwks, jwksUri }: Client): void {
  if (authMethod !== 'private_key_jwt') {
    const name = jwks === undefined ? 'jwksUri' : 'jwks'
    if (jwks === undefined && jwksUri === undefined) return
    throw optionError(name, 'needs "authMethod" private_key_jwt: set it, or leave this out')
  }
  if ((jwks === undefined) === (jwksUri === undefined))
    throw optionError(
      'jwks',
      'or "jwksUri" is needed for private_key_jwt, and not both (RFC 7591 2)',
    )
  if (jwks !== undefined) checkedKeys(jwks)
  if (jwksUri === undefined) return
  const problem = fetchableUrlProblem(jwksUri)
  if (problem !== undefined)
    throw optionError(
      'jwksUri',
      `has "${jwksUri}", which ${problem}: use an https URL, or "jwks" with the keys themselves`,
    )
  if (jwksUri.length > longestUri)
    throw optionError('jwksUri', `must have at most ${longestUri} characters`)
}

/** The changes of a client that concern its keys. `null` removes a property. */
interface KeyChanges {
  authMethod?: unknown
  jwks?: unknown
  jwksUri?: unknown
}

/**
 * Throws an OptionError if the changes leave keys behind that a client can no longer have: those of
 * another method, or a set beside a URL.
 */
export function assertKeyChanges(changes: KeyChanges, before: Client): void {
  const { authMethod, jwks, jwksUri } = changes
  const isLeft = (name: 'jwks' | 'jwksUri') =>
    before[name] !== undefined && changes[name] === undefined
  const endsKeys = authMethod === null || secretMethods.includes(authMethod as never)
  for (const name of ['jwks', 'jwksUri'] as const)
    if (endsKeys && isLeft(name)) throw stillSet(name, 'but is for private_key_jwt only')
  if (isLeft('jwks') && typeof jwksUri === 'string')
    throw stillSet('jwks', 'and cannot be used with "jwksUri"')
  if (isLeft('jwksUri') && isObject(jwks))
    throw stillSet('jwksUri', 'and cannot be used with "jwks"')
}

function stillSet(name: string, why: string): OptionError {
  return optionError(name, `of the client is set, ${why}: pass ${name}: null too`)
}

function checkedKeys(jwks: unknown): NonNullable<Client['jwks']> {
  try {
    const keys = registeredKeySet(jwks)
    if (JSON.stringify(keys).length <= longestKeySet) return keys
  } catch (error) {
    if (error instanceof KeySetError) throw optionError('jwks', error.message)
    throw error
  }
  throw optionError('jwks', `must have at most ${longestKeySet} characters of JSON`)
}

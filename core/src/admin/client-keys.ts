import type { Client } from '../contract/store'
import { KeySetError, registeredKeySet } from '../crypto/public-keys'
import { optionError } from '../errors/option-error'
import { fetchableUrlProblem } from '../http/fetch-json'

/** The maximum length of a registered set of keys, in characters of JSON. */
const longestKeys = 16_384
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
    throw optionError(name, 'is for a client with the authMethod "private_key_jwt": leave it out')
  }
  if ((jwks === undefined) === (jwksUri === undefined))
    throw optionError(
      'jwks',
      'or "jwksUri" is needed for the authMethod "private_key_jwt", and not both (RFC 7591 2)',
    )
  if (jwks !== undefined) checkedKeys(jwks)
  if (jwksUri === undefined) return
  const problem = fetchableUrlProblem(jwksUri)
  if (problem !== undefined) throw optionError('jwksUri', `${problem}: use an https URL`)
  if (jwksUri.length > longestUri)
    throw optionError('jwksUri', `must have at most ${longestUri} characters`)
}

function checkedKeys(jwks: unknown): NonNullable<Client['jwks']> {
  try {
    const keys = registeredKeySet(jwks)
    if (JSON.stringify(keys).length <= longestKeys) return keys
  } catch (error) {
    if (error instanceof KeySetError) throw optionError('jwks', error.message)
    throw error
  }
  throw optionError('jwks', `must have at most ${longestKeys} characters of JSON`)
}

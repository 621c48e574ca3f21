import { withCode } from '../errors/error-code'
import type { NewCredential } from '../contract/store'

/** Throws a TypeError if a grant is issued without a credential. */
export function assertCredentials(credentials: readonly NewCredential[]): void {
  if (credentials.length > 0) return
  throw withCode('OAUTH2_KIT_OPTION', new TypeError('A grant needs at least one credential'))
}

/** Returns the first successor. Throws a TypeError if a credential is redeemed without one. */
export function firstSuccessor(successors: readonly NewCredential[]): NewCredential {
  const [first] = successors
  if (first) return first
  throw withCode(
    'OAUTH2_KIT_OPTION',
    new TypeError('Redeeming a credential needs at least one successor'),
  )
}

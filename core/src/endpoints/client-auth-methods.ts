import { isForPublicClients } from '../grants'
import type { Settings } from '../options/settings'

/** How a confidential client authenticates (RFC 6749 2.3.1), as metadata names it. */
export const secretMethods: readonly string[] = ['client_secret_basic', 'client_secret_post']

/** How clients authenticate where public ones are welcome too (RFC 8414 2). */
export function clientAuthMethods({ grants, profile }: Settings): readonly string[] {
  const hasPublicClients = profile.publicClients && grants.some(isForPublicClients)
  return hasPublicClients ? [...secretMethods, 'none'] : secretMethods
}

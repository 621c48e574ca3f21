import { isForPublicClients } from '../grants'
import type { Settings } from '../options/settings'

/** The metadata names of the methods that authenticate confidential clients (RFC 6749 2.3.1). */
export const secretMethods: readonly string[] = ['client_secret_basic', 'client_secret_post']

/** Returns the client authentication methods, with `none` if public clients exist (RFC 8414 2). */
export function clientAuthMethods({ grants, profile }: Settings): readonly string[] {
  const hasPublicClients = profile.publicClients && grants.some(isForPublicClients)
  return hasPublicClients ? [...secretMethods, 'none'] : secretMethods
}

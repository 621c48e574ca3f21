import { isForPublicClients } from '../grants'
import type { Settings } from '../options/settings'
import { secretMethods } from '../protocol/client-authentication'

/** Returns the client authentication methods, with `none` if public clients exist (RFC 8414 2). */
export function clientAuthMethods({ grants, profile }: Settings): readonly string[] {
  const hasPublicClients = profile.publicClients && grants.some(isForPublicClients)
  return hasPublicClients ? [...secretMethods, 'none'] : secretMethods
}

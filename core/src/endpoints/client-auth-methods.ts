import { signatureAlgorithms } from '../crypto/jose'
import { isForPublicClients } from '../grants'
import type { Settings } from '../options/settings'
import { confidentialMethods, secretMethods } from '../protocol/client-authentication'

/** Returns the client authentication methods, with `none` if public clients exist (RFC 8414 2). */
export function clientAuthMethods(settings: Settings): readonly string[] {
  const { grants, profile } = settings
  const hasPublicClients = profile.publicClients && grants.some(isForPublicClients)
  const methods = confidentialAuthMethods(settings)
  return hasPublicClients ? [...methods, 'none'] : methods
}

/** Returns the authentication methods of confidential clients. */
export function confidentialAuthMethods({ profile }: Settings): readonly string[] {
  return profile.clientAssertions ? confidentialMethods : secretMethods
}

/** Returns the metadata about client authentication at an endpoint (RFC 8414 2). */
export function authMetadata(
  endpoint: 'token' | 'revocation' | 'introspection',
  methods: readonly string[],
): Record<string, readonly string[]> {
  return {
    [`${endpoint}_endpoint_auth_methods_supported`]: methods,
    ...(methods.includes('private_key_jwt') && {
      [`${endpoint}_endpoint_auth_signing_alg_values_supported`]: signatureAlgorithms,
    }),
  }
}

import { InsufficientScopeError, InvalidTokenError } from '../errors'
import type { OAuthRequest } from '../http/request'
import { includesScope } from '../security/scope'
import type { Server } from './server'

/** What a token must be good for. */
export interface Needs {
  scopes: readonly string[]
  /** One of the resources that the token was issued for (RFC 8707). */
  resource?: string
}

/**
 * Checks the bearer token of a request to a protected resource (RFC 6750) and exposes whose it is.
 */
export async function authenticate(
  server: Server,
  request: OAuthRequest,
  needs: Needs,
): Promise<void> {
  const { port, settings } = server
  const token = await port.findAccessToken(settings.profile.bearerToken(request))
  if (!token) throw invalid()
  if (settings.profile.hasExpired(token.expiresAt, settings.now())) {
    throw new InvalidTokenError('The access token provided has expired.')
  }
  const { exposed: bearerToken, grant, scope, resource } = token
  if (needs.resource !== undefined && !resource?.includes(needs.resource)) {
    throw new InvalidTokenError('The access token provided is for another resource.')
  }
  if (needs.scopes.length > 0 && !includesScope(scope, needs.scopes)) {
    throw new InsufficientScopeError(`The access token needs the scope ${needs.scopes.join(' ')}`)
  }
  const user = token.findUser ? await token.findUser() : token.user
  if (token.findUser && !user) throw invalid()
  request.expose('oauth', { bearerToken, grant, scope, ...(resource && { resource }) })
  request.expose('user', user)
}

function invalid(): InvalidTokenError {
  return new InvalidTokenError('The access token provided is invalid.')
}

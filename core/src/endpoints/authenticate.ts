import { InsufficientScopeError, InvalidTokenError } from '../errors'
import type { OAuthRequest } from '../http/request'
import { includesScope } from '../security/scope'
import type { Server } from './server'

/**
 * Checks the bearer token of a request to a protected resource (RFC 6750) and exposes whose it is.
 * `needed` are the scopes that it must have.
 */
export async function authenticate(
  server: Server,
  request: OAuthRequest,
  needed: readonly string[],
): Promise<void> {
  const { port, settings } = server
  const token = await port.findAccessToken(settings.profile.bearerToken(request))
  if (!token) throw new InvalidTokenError('The access token provided is invalid.')
  if (settings.profile.hasExpired(token.expiresAt, settings.now())) {
    throw new InvalidTokenError('The access token provided has expired.')
  }
  if (needed.length > 0 && !includesScope(token.scope, needed)) {
    throw new InsufficientScopeError(`The access token needs the scope ${needed.join(' ')}`)
  }
  const user = token.findUser ? await token.findUser() : token.user
  if (token.findUser && !user) throw new InvalidTokenError('The access token provided is invalid.')
  const { exposed: bearerToken, grant, scope } = token
  request.expose('oauth', { bearerToken, grant, scope })
  request.expose('user', user)
}

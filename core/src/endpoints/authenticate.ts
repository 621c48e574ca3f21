import { InsufficientScopeError, InvalidTokenError } from '../errors'
import type { OAuthRequest } from '../http/request'
import { includesScope } from '../security/scope'
import { type Soon, whenThere } from '../soon'
import type { PortAccessToken } from '../store/port'
import type { Server } from './server'

/** What a token must be good for. */
export interface Needs {
  scopes: readonly string[]
  /** One of the resources that the token was issued for (RFC 8707). */
  resource?: string
}

/**
 * Checks the bearer token of a request to a protected resource (RFC 6750) and exposes whose it is:
 * at once, where the token is there at once.
 */
export function authenticate(server: Server, request: OAuthRequest, needs: Needs): Soon<void> {
  const { port, settings } = server
  return whenThere(port.findAccessToken(settings.profile.bearerToken(request)), (token) => {
    if (!token) throw invalid()
    assertGood(server, token, needs)
    if (!token.findUser) return expose(request, token, token.user)
    return token.findUser().then((user) => {
      if (!user) throw invalid()
      return expose(request, token, user)
    })
  })
}

function assertGood({ settings }: Server, token: PortAccessToken, needs: Needs): void {
  const { expiresAt, scope, resource } = token
  if (settings.profile.hasExpired(expiresAt, settings.now())) {
    throw new InvalidTokenError('The access token provided has expired.')
  }
  if (needs.resource !== undefined && !resource?.includes(needs.resource)) {
    throw new InvalidTokenError('The access token provided is for another resource.')
  }
  if (needs.scopes.length > 0 && !includesScope(scope, needs.scopes)) {
    throw new InsufficientScopeError(`The access token needs the scope ${needs.scopes.join(' ')}`)
  }
}

function expose(request: OAuthRequest, token: PortAccessToken, user: unknown): void {
  const { exposed: bearerToken, grant, scope, resource } = token
  // In copies: what a handler changes of them must not change another request.
  const details = { bearerToken, grant: grant && { ...grant }, scope }
  request.expose('oauth', resource ? { ...details, resource: [...resource] } : details)
  request.expose('user', user)
}

function invalid(): InvalidTokenError {
  return new InvalidTokenError('The access token provided is invalid.')
}

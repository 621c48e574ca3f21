import { InsufficientScopeError, InvalidTokenError } from '../errors/errors'
import type { OAuthRequest } from '../http/request'
import { includesScope } from '../protocol/scope'
import { type MaybePromise, thenMaybe } from '../async/maybe-promise'
import type { StorageAccessToken } from '../storage/storage'
import type { VerifySigned } from './signed-access-token'
import type { Context } from '../context'

/** The requirements for an access token. */
export interface Needs {
  scopes: readonly string[]
  /** The token must have been issued for this resource (RFC 8707). */
  resource?: string
  /** The check of signed tokens without the store. Undefined means that the store is asked. */
  verifySigned?: VerifySigned
}

/**
 * Checks the bearer token of a request to a protected resource (RFC 6750) and exposes the token and
 * its user on the request. Runs synchronously if the storage returns the token synchronously.
 */
export function authenticate(
  context: Context,
  request: OAuthRequest,
  needs: Needs,
): MaybePromise<void> {
  const { storage, settings } = context
  const text = settings.profile.bearerToken(request)
  const finding = needs.verifySigned ? needs.verifySigned(text) : storage.findAccessToken(text)
  return thenMaybe(finding, (token) => {
    if (!token) throw invalid()
    assertSufficient(context, token, needs)
    if (!token.findUser) return expose(request, token, token.user)
    return token.findUser().then((user) => {
      if (!user) throw invalid()
      return expose(request, token, user)
    })
  })
}

function assertSufficient({ settings }: Context, token: StorageAccessToken, needs: Needs): void {
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

function expose(request: OAuthRequest, token: StorageAccessToken, user: unknown): void {
  const { exposed: bearerToken, grant, scope, resource, claims } = token
  // A handler may change these objects, so each request gets its own copies.
  const details = { bearerToken, grant: grant && { ...grant }, scope, ...(claims && { claims }) }
  request.expose('oauth', resource ? { ...details, resource: [...resource] } : details)
  request.expose('user', user)
}

function invalid(): InvalidTokenError {
  return new InvalidTokenError('The access token provided is invalid.')
}

import { InsufficientScopeError, InvalidTokenError } from '../errors/errors'
import type { OAuthDetails, OAuthRequest } from '../http/request'
import type { DpopProof } from '../protocol/dpop-proof'
import { includesScope } from '../protocol/scope'
import { type MaybePromise, thenMaybe } from '../async/maybe-promise'
import type { StorageAccessToken } from '../storage/storage'
import type { VerifySigned } from './signed-access-token'
import type { Context } from '../context'
import { type PossessionNeeds, acceptOnce, accessTokenOf, confirmPossession } from './possession'

/** The requirements for an access token. */
export interface Needs extends PossessionNeeds {
  scopes: readonly string[]
  /** The token must have been issued for this resource (RFC 8707). */
  resource?: string
  /** The check of signed tokens without the store. Undefined means that the store is asked. */
  verifySigned?: VerifySigned
}

/**
 * Checks the access token of a request to a protected resource (RFC 6750, RFC 9449 7) and exposes the
 * token and its user on the request. Runs synchronously if the storage returns the token
 * synchronously.
 */
export function authenticate(
  context: Context,
  request: OAuthRequest,
  needs: Needs,
): MaybePromise<void> {
  const presented = accessTokenOf(context, request, needs)
  const { text } = presented
  const finding = needs.verifySigned
    ? needs.verifySigned(text)
    : context.storage.findAccessToken(text)
  return thenMaybe(finding, (token) => {
    if (!token) throw invalid()
    const possession = confirmPossession(context, request, presented, token.jkt, needs)
    if (possession) return possession.then((proof) => admit(context, request, token, needs, proof))
    return admit(context, request, token, needs)
  })
}

function admit(
  context: Context,
  request: OAuthRequest,
  token: StorageAccessToken,
  needs: Needs,
  proof?: DpopProof,
): MaybePromise<void> {
  assertSufficient(context, token, needs)
  // Without the store, nothing can remember the proof.
  const once = needs.verifySigned ? undefined : proof
  if (!token.findUser && !once) return expose(request, token, token.user)
  return admitAfterLookUps(context, request, token, once)
}

async function admitAfterLookUps(
  context: Context,
  request: OAuthRequest,
  token: StorageAccessToken,
  proof: DpopProof | undefined,
): Promise<void> {
  const user = token.findUser ? await token.findUser() : token.user
  if (token.findUser && !user) throw invalid()
  if (proof) await acceptOnce(context, proof)
  expose(request, token, user)
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
  const { exposed: bearerToken, grant, scope, resource, jkt, claims } = token
  // A handler may change these objects, so each request gets its own copies.
  const details: OAuthDetails = { bearerToken, grant: grant && { ...grant }, scope }
  if (claims) details.claims = claims
  if (resource) details.resource = [...resource]
  if (jkt !== undefined) details.dpop = { jkt }
  request.expose('oauth', details)
  request.expose('user', user)
}

function invalid(): InvalidTokenError {
  return new InvalidTokenError('The access token provided is invalid.')
}

import { AccessDeniedError, InvalidRequestError, ServerError } from '../errors'
import { assertDecodable } from '../http/body'
import type { OAuthRequest } from '../http/request'
import { type OAuthResponse, redirectResponse } from '../http/response'
import { withParameters } from '../security/redirect-uri'
import { includesScope } from '../security/scope'
import type { PortClient } from '../store/port'
import { userIdOf } from '../store/user-id'
import {
  type AuthorizationRequest,
  type Parameters,
  assertResponseType,
  checkRequest,
  findClient,
  readParameters,
} from './authorization-request'
import type { Server } from './server'

/** What the user, or the application, decided. */
export interface Decision {
  allowed: boolean
  /** On a store, an object with an `id`, or the id. */
  user?: unknown
  /** A narrower scope than was asked for. */
  scope?: string
}

/**
 * Finds out the decision; `null` where it has answered the request itself, with a page or a
 * redirect.
 */
export type Decide = (request: AuthorizationRequest) => Promise<Decision | null>

/** The authorization endpoint (RFC 6749 3.1). */
export async function authorize(
  server: Server,
  request: OAuthRequest,
  decide: Decide,
): Promise<OAuthResponse | null> {
  const { profile, passthroughErrors, issuer } = server.settings
  if (!profile.isAuthorizationMethod(request.method))
    throw new InvalidRequestError('Method must be GET or POST')
  assertDecodable(request.search)
  const asked = await readParameters(request, server.settings)
  if (!profile.redirectsResponseType) assertResponseType(asked, profile)
  const { client, redirectUri } = await findClient(server, asked)

  const redirect = (parameters: Record<string, string>) => {
    const all = { ...parameters, state: asked.state, iss: profile.sendsIssuer ? issuer : undefined }
    return redirectResponse(
      profile.redirectStatus(request.method),
      withParameters(redirectUri, all),
    )
  }
  try {
    const code = await codeFor(server, request, asked, client, redirectUri, decide)
    return code === null ? null : redirect({ code })
  } catch (thrown) {
    if (passthroughErrors) throw thrown
    const error = server.asOAuth2Error(thrown)
    server.report(error)
    // RFC 6749 4.1.2.1: the client and the way to it are known to be right, so it is the client
    // that is told.
    return redirect(profile.errorParameters(error))
  }
}

async function codeFor(
  { port, settings }: Server,
  request: OAuthRequest,
  asked: Parameters,
  client: PortClient,
  redirectUri: string,
  decide: Decide,
): Promise<string | null> {
  const { challenge, scope, resource, prompt, maxAge } = checkRequest(asked, client, settings)
  const decision = await decide({
    client: (client.exposed ?? client) as AuthorizationRequest['client'],
    scopes: scope === '' ? [] : scope.split(' '),
    resources: resource ?? [],
    redirectUri,
    state: asked.state,
    prompt,
    maxAge,
    form: asked.form,
  })
  if (!decision) return null
  const { allowed, user, scope: granted = scope } = decision
  if (!allowed) throw new AccessDeniedError('The user denied access to your application')
  if (settings.profile.bindsCodes) assertUser(user)
  if (granted !== '' && granted !== scope && !includesScope(scope, granted.split(' '))) {
    throw new ServerError(
      null,
      new TypeError('The granted scope is wider than the scope that was asked for'),
    )
  }
  return port.issueCode({
    client,
    user,
    scope: granted,
    resource,
    redirectUri: asked.redirectUri,
    challenge,
    request,
  })
}

/** A code is a user's: allowing access without one is an error of the application. */
function assertUser(user: unknown): void {
  try {
    if (userIdOf(user) !== null) return
  } catch (cause) {
    throw new ServerError(null, cause)
  }
  throw new ServerError(null, new TypeError('Access was allowed, but no user was given'))
}

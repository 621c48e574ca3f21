import {
  AccessDeniedError,
  InvalidRequestError,
  type OAuth2Error,
  ServerError,
  UnauthorizedClientError,
} from '../errors'
import { assertDecodable } from '../http/body'
import { type OAuthRequest, isForm, parameter } from '../http/request'
import { type OAuthResponse, redirectResponse } from '../http/response'
import type { Profile } from '../profile'
import { isCodeChallenge } from '../security/pkce'
import { withParameters } from '../security/redirect-uri'
import { includesScope, narrowScope } from '../security/scope'
import type { Client } from '../store/contract'
import { longestId } from '../store/guard'
import type { PortClient } from '../store/port'
import { userIdOf } from '../store/user-id'
import type { Server } from './server'

/** An authorization request whose client and redirect URI are known to be right. */
export interface AuthorizationRequest {
  /** Who asks; without the secret's hash. On a 2.4 model, what `getClient` gave. */
  client: Omit<Client, 'secretHash'>
  /** The scopes that were asked for, and may be. */
  scopes: string[]
  /** Where the answer goes. */
  redirectUri: string
  state: string | undefined
}

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
  const asked = await readParameters(request, profile)
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

type Parameters = Awaited<ReturnType<typeof readParameters>>

async function readParameters(request: OAuthRequest, profile: Profile) {
  const { query } = request
  const body = (isForm(request) ? await request.form() : request.body) ?? {}
  const read = (name: string, longest?: number) =>
    profile
      .authorizationSources(query, body, name)
      .map((source) => parameter(source, name, longest))
      .find((value) => value !== undefined)
  return {
    responseType: read('response_type'),
    clientId: read('client_id', longestId),
    redirectUri: read('redirect_uri'),
    state: read('state'),
    scope: read('scope'),
    challenge: read('code_challenge'),
    challengeMethod: read('code_challenge_method'),
  }
}

/**
 * The client, and where its answer goes. What is wrong up to here is told to the user and never
 * redirected.
 */
async function findClient(
  { port, settings }: Server,
  { clientId, redirectUri: asked }: Parameters,
) {
  const { profile } = settings
  if (clientId === undefined)
    throw new InvalidRequestError('Invalid or missing client_id parameter')
  if (asked === undefined && profile.needsRedirectUri) throw missingRedirectUri()
  const client = await port.findClient(clientId)
  if (!client) throw profile.unknownClient()
  // RFC 6749 3.1.2.3: it may be left out where there is no choice.
  const redirectUri =
    asked ?? (client.redirectUris.length === 1 ? client.redirectUris[0] : undefined)
  if (redirectUri === undefined) throw missingRedirectUri()
  if (!profile.isRegisteredRedirectUri(redirectUri, client.redirectUris)) {
    throw new InvalidRequestError('redirect_uri does not match')
  }
  return { client, redirectUri }
}

async function codeFor(
  { port, settings }: Server,
  request: OAuthRequest,
  asked: Parameters,
  client: PortClient,
  redirectUri: string,
  decide: Decide,
): Promise<string | null> {
  const { profile, grants } = settings
  assertResponseType(asked, profile)
  if (
    profile.bindsCodes &&
    ![grants, client.grants].every((allowed) => allowed.includes('authorization_code'))
  ) {
    throw new UnauthorizedClientError('The client may not use authorization codes')
  }
  const challenge = profile.bindsCodes
    ? challengeOf(asked, settings.requirePkce || client.type === 'public')
    : undefined
  const scope = profile.scopes ? narrowScope(asked.scope, client.scopes) : ''

  const scopes = scope === '' ? [] : scope.split(' ')
  const shown = (client.exposed ?? client) as AuthorizationRequest['client']
  const decision = await decide({ client: shown, scopes, redirectUri, state: asked.state })
  if (!decision) return null
  const { allowed, user, scope: granted = scope } = decision
  if (!allowed) throw new AccessDeniedError('The user denied access to your application')
  if (profile.bindsCodes) assertUser(user)
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

function assertResponseType({ responseType }: Parameters, profile: Profile): void {
  if (responseType !== 'code') throw profile.wrongResponseType(responseType)
}

/** RFC 7636 4.4.1 and RFC 9700 2.1.1: S256 is the only method. */
function challengeOf(
  { challenge, challengeMethod }: Parameters,
  needed: boolean,
): string | undefined {
  if (challenge === undefined && challengeMethod === undefined && !needed) return undefined
  if (challenge === undefined)
    throw new InvalidRequestError('The code_challenge is missing (PKCE, RFC 7636)')
  if (challengeMethod !== 'S256')
    throw new InvalidRequestError('The code_challenge_method must be S256')
  if (!isCodeChallenge(challenge)) throw new InvalidRequestError('The code_challenge is malformed')
  return challenge
}

function missingRedirectUri(): OAuth2Error {
  return new InvalidRequestError('Invalid or missing redirect_uri parameter')
}

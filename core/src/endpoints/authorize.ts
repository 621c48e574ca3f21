import { hookError } from '../contract/hook-answer'
import { optionError } from '../errors/option-error'
import {
  AccessDeniedError,
  InvalidRequestError,
  ServerError,
  TemporarilyUnavailableError,
} from '../errors/errors'
import type { Endpoint } from './endpoint'
import { errorPage } from './error-response'
import { formPostResponse } from './form-post'
import { pageHeaders } from '../http/headers'
import type { OAuthRequest } from '../http/request'
import { type OAuthResponse, redirectResponse } from '../http/response'
import { withParameters } from '../protocol/redirect-uri'
import { includesScope, parseScope, scopesIn } from '../protocol/scope'
import type { StorageClient } from '../storage/storage'
import { allowedScopeOnce } from '../storage/allowed-scope'
import { userIdOf } from '../contract/user-id'
import { type Parameters, parametersOf, sourceOf } from './authorization-parameters'
import {
  type AuthorizationRequest,
  assertResponseType,
  checkRequest,
  findClient,
  isFormPost,
  isSilent,
  responseModes,
  wishesOf,
} from './authorization-request'
import type { EndpointDefinition } from './endpoint-definition'
import { pushedRequestIn } from './pushed-request'
import type { Context } from '../context'

type Checked = ReturnType<typeof checkRequest>

/** The decision of the user or the application. */
export interface Decision {
  allowed: boolean
  /** On a store, an object with an `id`, or the id itself. */
  user?: unknown
  /** A narrower scope than the requested one. */
  scope?: string
  /** The data of the application that the grant keeps. */
  metadata?: Record<string, unknown>
  /** When the user signed in, if the application said so. Milliseconds since the epoch. */
  authTime?: number
}

/** Resolves with the part of the scopes that the user may have, by the hook `scopes`. */
export type Narrow = (user: unknown) => Promise<string[]>

/**
 * Resolves with the decision, or with `null` if the function has already answered the request with
 * a page or a redirect.
 */
export type Decide = (request: AuthorizationRequest, narrow: Narrow) => Promise<Decision | null>

/** Decides about an authorization request. */
export interface Decider {
  decide: Decide
  /**
   * Resolves with whether the user is signed in. If not, the function has already answered the
   * request with a page or a redirect. Undefined means that this cannot be checked without consent.
   */
  isSignedIn?: (request: AuthorizationRequest) => Promise<boolean>
}

/** The authorization endpoint (RFC 6749 3.1). The application provides its pages. */
export const authorizationEndpoint = {
  name: 'authorize',
  path: '/authorize',
  // OAuth 2.1 2.3.2: browsers navigate to this endpoint, scripts never call it.
  cors: false,
  isDefault: ({ settings }) => settings.grants.includes('authorization_code'),
  metadata: ({ profile }, url) => ({
    authorization_endpoint: url,
    response_types_supported: ['code'],
    response_modes_supported: profile.extensions ? responseModes : ['query'],
    code_challenge_methods_supported: profile.pkce ? ['S256'] : undefined,
    authorization_response_iss_parameter_supported: profile.sendsIssuer ? true : undefined,
  }),
  create(_server, { authorization }) {
    if (authorization) return authorization
    throw optionError(
      'authenticate',
      'and "consent" are missing: pass both hooks, or remove authorization_code from the option ' +
        '"grants"',
    )
  },
} as const satisfies EndpointDefinition

/** Returns an authorization endpoint that uses the pages of the application. */
export function makeAuthorization(
  context: Context,
  deciderOf: (request: OAuthRequest) => Decider,
): Endpoint {
  const { hardensHeaders } = context.settings.profile
  return {
    answer: (request) => authorize(context, request, deciderOf(request)),
    headers: hardensHeaders ? () => pageHeaders : undefined,
    describe: errorPage,
  }
}

async function authorize(
  context: Context,
  request: OAuthRequest,
  decider: Decider,
): Promise<OAuthResponse | null> {
  const { settings } = context
  const { profile, passthroughErrors, issuer } = settings
  if (!profile.isAuthorizationMethod(request.method))
    throw new InvalidRequestError('Method must be GET or POST')
  const { form, ...source } = await sourceOf(request, settings)
  const pushed = await pushedRequestIn(context, source)
  const parameters = parametersOf(pushed?.source ?? source, settings)
  if (!profile.redirectsResponseType) assertResponseType(parameters, profile)
  const { client, redirectUri } = await findClient(context, request, parameters)
  const { state } = parameters

  const respond = async (result: Record<string, string>) => {
    await pushed?.use()
    const all = { ...result, state, iss: profile.sendsIssuer ? issuer : undefined }
    if (isFormPost(parameters, redirectUri)) return formPostResponse(redirectUri, all)
    return redirectResponse(
      profile.redirectStatus(request.method),
      withParameters(redirectUri, all),
    )
  }
  // RFC 6749 4.1.2.1: the client and its redirect URI are valid, so the client gets the error.
  const respondError = async (thrown: unknown) => {
    // RFC 9700 4.11.2: nobody has verified where such a client redirects to, and no user has done anything.
    if (passthroughErrors || (client.registration && isSilent(parameters))) throw thrown
    const error = context.asOAuth2Error(thrown)
    // The user can send a pushed request again after an outage. A redirect would use it up.
    if (pushed && error instanceof TemporarilyUnavailableError && !isSilent(parameters)) throw error
    const response = await respond(profile.errorParameters(error))
    context.report(error)
    return response
  }
  const shown = { client, redirectUri, state, form }

  let checked: Checked
  try {
    checked = checkRequest(parameters, client, redirectUri, settings, pushed !== undefined)
  } catch (problem) {
    // RFC 9700 4.11.2: nobody has verified where such a client redirects to. A user who is signed in
    // already would be redirected without having done anything.
    if (client.registration) throw problem
    if (profile.redirectsMalformed && !passthroughErrors && !isSilent(parameters)) {
      // RFC 9700 4.11.2: if errors were redirected without a signed-in user, an attacker could
      // register a client and use links to this server as an open redirector. A check(req, next)
      // cannot check the sign-in without also asking for consent to a request that will be
      // refused, so the error is shown to the user instead.
      if (!decider.isSignedIn) throw problem
      const prompt = wishesOf(parameters).filter((value) => value !== 'none')
      const rest = { scopes: [], resources: [], prompt, maxAge: undefined }
      if (!(await decider.isSignedIn({ ...shown, ...rest }))) return null
    }
    return respondError(problem)
  }
  let code: string
  try {
    const { scope, resource = [], prompt, maxAge } = checked
    const order = { client, scope, request }
    const narrowedScope = allowedScopeOnce(settings, order, 'authorization_code')
    const decision = await decider.decide(
      { ...shown, scopes: scopesIn(scope), resources: resource, prompt, maxAge },
      async (user) => scopesIn(await narrowedScope(user)),
    )
    if (!decision) return null
    if (!decision.allowed) throw new AccessDeniedError('The user denied access to your application')
    if (profile.needsUser) assertUser(decision.user)
    const narrower = { ...checked, scope: await narrowedScope(decision.user) }
    code = await codeFor(context, request, parameters, client, narrower, decision)
  } catch (thrown) {
    return respondError(thrown)
  }
  return respond({ code })
}

async function codeFor(
  { storage }: Context,
  request: OAuthRequest,
  { redirectUri }: Parameters,
  client: StorageClient,
  { challenge, scope, resource, jkt }: Checked,
  { user, metadata, authTime, scope: granted = scope }: Decision,
): Promise<string> {
  assertNarrower(granted, scope)
  return storage.issueCode({
    client,
    user,
    scope: granted,
    resource,
    redirectUri,
    challenge,
    jkt,
    metadata,
    authTime,
    request,
  })
}

/** Throws a `server_error` if the granted scope is wider than the other one. */
export function assertNarrower(granted: string, scope: string): void {
  if (granted === scope) return
  const scopes = parseScope(granted)
  if (scopes && (scopes.length === 0 || includesScope(scope, scopes))) return
  throw hookError('The granted scope is wider than the requested one: grant all or part of it')
}

/** A code belongs to a user, so allowing access without one is an error of the application. */
export function assertUser(user: unknown): void {
  try {
    if (userIdOf(user) !== null) return
  } catch (cause) {
    throw new ServerError(null, cause)
  }
  throw hookError('Access was allowed without a user: pass the signed-in user')
}

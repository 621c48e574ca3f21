import { withCode } from '../errors/error-code'
import { optionError } from '../errors/option-error'
import { AccessDeniedError, InvalidRequestError, ServerError } from '../errors/errors'
import type { Endpoint } from './endpoint'
import { errorPage } from './error-response'
import { pageHeaders } from '../http/headers'
import type { OAuthRequest } from '../http/request'
import { type OAuthResponse, redirectResponse } from '../http/response'
import { withParameters } from '../protocol/redirect-uri'
import { includesScope, parseScope } from '../protocol/scope'
import type { StorageClient } from '../storage/storage'
import { userIdOf } from '../contract/user-id'
import {
  type AuthorizationRequest,
  type Parameters,
  assertResponseType,
  checkRequest,
  findClient,
  isSilent,
  readParameters,
  wishesOf,
} from './authorization-request'
import type { EndpointDefinition } from './endpoint-definition'
import type { Context } from '../context'

type Checked = ReturnType<typeof checkRequest>

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

/** Who decides about an authorization request. */
export interface Decider {
  decide: Decide
  /**
   * Whether the user is signed in; if not, the request has been answered, with a page or a
   * redirect. Left out where that can't be asked alone.
   */
  isSignedIn?: (request: AuthorizationRequest) => Promise<boolean>
}

/** The authorization endpoint (RFC 6749 3.1). Its pages are the application's. */
export const authorizationEndpoint = {
  name: 'authorize',
  path: '/authorize',
  // OAuth 2.1 2.3.2: a browser goes there, never a script.
  cors: false,
  isDefault: ({ settings }) => settings.grants.includes('authorization_code'),
  metadata: ({ profile }, url) => ({
    authorization_endpoint: url,
    response_types_supported: ['code'],
    response_modes_supported: ['query'],
    code_challenge_methods_supported: profile.pkce ? ['S256'] : undefined,
    authorization_response_iss_parameter_supported: profile.sendsIssuer ? true : undefined,
  }),
  create(_server, authorization) {
    if (authorization) return authorization
    throw optionError(
      'authenticate',
      'and "consent" are missing: give the pages, or leave authorization_code out of the option "grants"',
    )
  },
} as const satisfies EndpointDefinition

/** Makes an authorization endpoint with the pages of an application. */
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
  const asked = await readParameters(request, settings)
  if (!profile.redirectsResponseType) assertResponseType(asked, profile)
  const { client, redirectUri } = await findClient(context, asked)

  const redirect = (parameters: Record<string, string>) => {
    const all = { ...parameters, state: asked.state, iss: profile.sendsIssuer ? issuer : undefined }
    return redirectResponse(
      profile.redirectStatus(request.method),
      withParameters(redirectUri, all),
    )
  }
  // RFC 6749 4.1.2.1: the client and the way to it are known to be right, so it is the client that
  // is told.
  const redirectError = (thrown: unknown) => {
    if (passthroughErrors) throw thrown
    const error = context.asOAuth2Error(thrown)
    context.report(error)
    return redirect(profile.errorParameters(error))
  }
  const shown = { client, redirectUri, state: asked.state, form: asked.form }

  let checked: Checked
  try {
    checked = checkRequest(asked, client, settings)
  } catch (problem) {
    if (profile.redirectsMalformed && !passthroughErrors && !isSilent(asked)) {
      // RFC 9700 4.11.2: by a redirect that needs no user, a link to this server would lead anywhere
      // that somebody has registered. A check(req, next) can't be asked who the user is without
      // asking for consent too, for a request that will be refused: so it is the user who is told.
      if (!decider.isSignedIn) throw problem
      const prompt = wishesOf(asked).filter((wish) => wish !== 'none')
      const rest = { scopes: [], resources: [], prompt, maxAge: undefined }
      if (!(await decider.isSignedIn({ ...shown, ...rest }))) return null
    }
    return redirectError(problem)
  }
  try {
    const { scope, resource = [], prompt, maxAge } = checked
    const scopes = scope === '' ? [] : scope.split(' ')
    const decision = await decider.decide({
      ...shown,
      scopes,
      resources: resource,
      prompt,
      maxAge,
    })
    if (!decision) return null
    const code = await codeFor(context, request, asked, client, checked, decision)
    return redirect({ code })
  } catch (thrown) {
    return redirectError(thrown)
  }
}

async function codeFor(
  { storage, settings }: Context,
  request: OAuthRequest,
  asked: Parameters,
  client: StorageClient,
  { challenge, scope, resource }: Checked,
  { allowed, user, scope: granted = scope }: Decision,
): Promise<string> {
  if (!allowed) throw new AccessDeniedError('The user denied access to your application')
  if (settings.profile.needsUser) assertUser(user)
  if (granted !== scope) assertNarrower(granted, scope)
  return storage.issueCode({
    client,
    user,
    scope: granted,
    resource,
    redirectUri: asked.redirectUri,
    challenge,
    request,
  })
}

function assertNarrower(granted: string, scope: string): void {
  const scopes = parseScope(granted)
  if (scopes && (scopes.length === 0 || includesScope(scope, scopes))) return
  throw new ServerError(
    null,
    withCode(
      'OAUTH2_KIT_HOOK',
      new TypeError('The granted scope is wider than the scope that was asked for'),
    ),
  )
}

/** A code is a user's: allowing access without one is an error of the application. */
function assertUser(user: unknown): void {
  try {
    if (userIdOf(user) !== null) return
  } catch (cause) {
    throw new ServerError(null, cause)
  }
  throw new ServerError(
    null,
    withCode('OAUTH2_KIT_HOOK', new TypeError('Access was allowed, but no user was given')),
  )
}

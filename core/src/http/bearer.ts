import type { IncomingMessage } from 'node:http'
import { authenticate } from '../endpoints/authenticate'
import type { Server } from '../endpoints/server'
import type { OAuth2Error } from '../errors'
import { resourceMetadataUrl } from '../security/resource'
import { parseScope } from '../security/scope'
import type { Soon } from '../soon'
import { errorAnswer } from './endpoint'
import { challengeExposed } from './headers'
import { NodeRequest } from './node'
import type { OAuthDetails, OAuthRequest } from './request'
import type { OAuthResponse } from './response'
import { resourceOf } from './route-options'
import { WebRequest, webResponse } from './web'

/** What `authorise()` and `authenticate()` may ask for beyond a valid token. */
export interface AuthoriseOptions {
  /** The scopes that the token must have, with spaces between. */
  scope?: string
  /** The resource that the token must be for: one of the option `resources` (RFC 8707). */
  resource?: string
}

/** Whose token a request carries. */
export interface Authenticated {
  /** `{ id }`, or what `users.find` gives; `undefined` where a client acts for itself. */
  user: unknown
  oauth: OAuthDetails
  response?: undefined
}

/** The answer to a request that carries no good token. */
export interface Refused<R> {
  user?: undefined
  oauth?: undefined
  response: R
}

/** The check of a bearer token, and how its error is told. */
export interface BearerCheck {
  check: (request: OAuthRequest) => Soon<void>
  refusal: (thrown: unknown) => OAuth2Error
}

/** Throws a TypeError if the scope is malformed or the resource unknown. */
export function bearerCheck(
  server: Server,
  { scope = '', resource }: AuthoriseOptions,
): BearerCheck {
  const scopes = parseScope(scope)
  if (!scopes) throw new TypeError('"scope" must be scopes with one space between (RFC 6749 3.3)')
  const { profile, resources } = server.settings
  const needs = {
    scopes,
    resource: resource === undefined ? undefined : resourceOf(server, resource),
  }
  // Where there is one resource, it is this one.
  const told = resource ?? (resources?.length === 1 ? resources[0] : undefined)
  const about = { scope, metadata: told === undefined ? undefined : resourceMetadataUrl(told) }
  return {
    check: (request) => authenticate(server, request, needs),
    refusal: (thrown) => profile.atResource(server.asOAuth2Error(thrown), about),
  }
}

/** Checks the token of a web-standard request. */
export async function authenticateWeb(
  server: Server,
  bearer: BearerCheck,
  message: Request,
): Promise<Authenticated | Refused<Response>> {
  const request = new WebRequest(message)
  const refused = await refusalOf(server, bearer, request)
  return refused ? { response: webResponse(refused) } : foundBy(request)
}

/** Checks the token of a request of node:http. */
export async function authenticateNode(
  server: Server,
  bearer: BearerCheck,
  message: IncomingMessage,
): Promise<Authenticated | Refused<OAuthResponse>> {
  const request = new NodeRequest(message)
  const refused = await refusalOf(server, bearer, request)
  return refused ? { response: refused } : foundBy(request)
}

async function refusalOf(
  server: Server,
  { check, refusal }: BearerCheck,
  request: OAuthRequest,
): Promise<OAuthResponse | null> {
  try {
    await check(request)
    return null
  } catch (thrown) {
    const { status, headers, body } = errorAnswer(server, {}, refusal(thrown), request)
    const { hardensHeaders } = server.settings.profile
    return { status, headers: { ...headers, ...(hardensHeaders && challengeExposed) }, body }
  }
}

function foundBy({ exposed: { user, oauth = {} } }: NodeRequest | WebRequest): Authenticated {
  return { user, oauth }
}

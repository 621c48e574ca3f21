import { isPlainObject } from '../values/is-object'
import type { IncomingMessage } from 'node:http'
import { authenticate } from '../endpoints/authenticate'
import type { Context } from '../context'
import type { OAuth2Error } from '../errors/errors'
import { readOptions } from '../options/read-options'
import type { Rules } from '../options/rules'
import { resourceMetadataUrl } from '../protocol/resource'
import { parseScope } from '../protocol/scope'
import type { MaybePromise } from '../async/maybe-promise'
import { errorAnswer } from '../endpoints/endpoint'
import { challengeExposed } from '../http/headers'
import { NodeRequest } from './node'
import type { OAuthDetails, OAuthRequest } from '../http/request'
import type { OAuthResponse } from '../http/response'
import { resourceOf } from '../endpoints/route-options'
import { WebRequest, webResponse } from './web'

/** What `authorise()` and `authenticate()` may ask for beyond a valid token. */
export interface AuthoriseOptions {
  /** The scopes that the token must have: an array, or text with spaces between. */
  scope?: string | readonly string[]
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
  check: (request: OAuthRequest) => MaybePromise<void>
  refusal: (thrown: unknown) => OAuth2Error
}

const rules: Rules<AuthoriseOptions> = {
  scope: [
    (value) => (scopesOf(value)?.length ?? 0) > 0,
    "must be a scope, scopes with one space between, or an array of scopes such as ['read'] (RFC 6749 3.3): leave it out if the token needs none",
  ],
  resource: [(value) => typeof value === 'string', 'must be one of the option "resources"'],
}

function scopesOf(value: unknown): string[] | undefined {
  if (typeof value === 'string') return parseScope(value)
  if (!Array.isArray(value)) return undefined
  const isEach = value.every((one) => typeof one === 'string' && parseScope(one)?.length === 1)
  return isEach ? [...new Set(value as string[])] : undefined
}

/**
 * Throws a TypeError for an unknown option, for one that is there and undefined or empty, which would
 * let every token pass, and for an unknown resource.
 */
export function bearerCheck(context: Context, given: AuthoriseOptions, of: string): BearerCheck {
  const example = isPlainObject(given) ? undefined : exampleFor(given)
  const options = readOptions(given, rules, { of, example, undefinedIsLeftOut: false })
  const { resource } = options
  const scopes = scopesOf(options.scope) ?? []
  const { profile, resources } = context.settings
  const needs = {
    scopes,
    resource: resource === undefined ? undefined : resourceOf(context, resource),
  }
  // Where there is one resource, it is this one.
  const told = resource ?? (resources?.length === 1 ? resources[0] : undefined)
  const about = {
    scope: scopes.join(' '),
    metadata: told === undefined ? undefined : resourceMetadataUrl(told),
  }
  return {
    check: (request) => authenticate(context, request, needs),
    refusal: (thrown) => profile.atResource(context.asOAuth2Error(thrown), about),
  }
}

function exampleFor(given: unknown): string {
  if (!scopesOf(given)?.length) return "{ scope: 'read' }"
  return `{ scope: ${JSON.stringify(given).replaceAll('"', "'")} }`
}

/** Checks the token of a web-standard request. */
export async function authenticateWeb(
  context: Context,
  bearer: BearerCheck,
  message: Request,
): Promise<Authenticated | Refused<Response>> {
  const request = new WebRequest(message)
  const refused = await refusalOf(context, bearer, request)
  return refused ? { response: webResponse(refused) } : foundBy(request)
}

/** Checks the token of a request of node:http. */
export async function authenticateNode(
  context: Context,
  bearer: BearerCheck,
  message: IncomingMessage,
): Promise<Authenticated | Refused<OAuthResponse>> {
  const request = new NodeRequest(message)
  const refused = await refusalOf(context, bearer, request)
  return refused ? { response: refused } : foundBy(request)
}

async function refusalOf(
  context: Context,
  { check, refusal }: BearerCheck,
  request: OAuthRequest,
): Promise<OAuthResponse | null> {
  try {
    await check(request)
    return null
  } catch (thrown) {
    const { status, headers, body } = errorAnswer(context, {}, refusal(thrown), request)
    const { hardensHeaders } = context.settings.profile
    return { status, headers: { ...headers, ...(hardensHeaders && challengeExposed) }, body }
  }
}

function foundBy({ exposed: { user, oauth = {} } }: NodeRequest | WebRequest): Authenticated {
  return { user, oauth }
}

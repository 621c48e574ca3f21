import { type Expected, hookAnswer } from '../contract/hook-answer'
import { isPlainObject } from '../values/is-object'
import type { IncomingMessage } from 'node:http'
import { authenticate } from '../endpoints/authenticate'
import type { Context } from '../context'
import type { OAuth2Error } from '../errors/errors'
import { readOptions } from '../options/read-options'
import type { Rules } from '../options/rules'
import { resourceMetadataUrl } from '../protocol/resource'
import { isScope, parseScope } from '../protocol/scope'
import type { MaybePromise } from '../async/maybe-promise'
import { errorAnswer } from '../endpoints/endpoint'
import { challengeExposed } from '../http/headers'
import { hasDpopScheme } from '../protocol/bearer-token'
import { nonceHeader, originOf } from '../endpoints/possession'
import { NodeRequest } from './node'
import type { OAuthDetails, OAuthRequest } from '../http/request'
import type { OAuthResponse } from '../http/response'
import { assertDpop, dpopRequired, resourceOf } from '../endpoints/route-options'
import { verifySigned } from '../endpoints/signed-access-token'
import { WebRequest, webResponse } from './web'

/** Scopes: an array, or a string with spaces between them. */
export type Scopes = string | readonly string[]

/**
 * Returns the scopes that a request needs. The request is that of the framework: of Express or
 * node:http, or a web-standard `Request`. An `OAuth2Error` that it throws becomes the response.
 */
// oxlint-disable-next-line no-explicit-any -- each framework has its own request
export type ScopesOfRequest = (request: any) => Scopes | Promise<Scopes>

/** The requirements of `authorise()` and `authenticate()` beyond a valid token. */
export interface AuthoriseOptions {
  /**
   * The scopes that the token must have: an array, or a string with spaces between them. A function
   * returns those that the request needs, or `[]`. It is called before the token is looked up, so a
   * slow body does not delay a revocation.
   */
  scope?: Scopes | ScopesOfRequest
  /** The resource that the token must be for: one of the option `resources` (RFC 8707). */
  resource?: string
  /**
   * How the token is verified. `'signature'` checks a signed token (RFC 9068) without the store: a
   * revocation or deletion is not noticed until the token expires. It needs the option `keys`.
   * @default 'store'
   */
  verify?: 'store' | 'signature'
  /** `'required'` refuses bearer tokens: the token must be bound to a key (RFC 9449). */
  dpop?: 'required'
}

/** The result for a request with a valid token. */
export interface Authenticated {
  /** `{ id }`, or the result of `users.find`. `undefined` if a client acts for itself. */
  user: unknown
  oauth: OAuthDetails
  /** Headers for your response: `DPoP-Nonce`, if the option `dpop` has a `nonceSecret`. */
  headers: Record<string, string>
  response?: undefined
}

/** The result for a request without a valid token. */
export interface Refused<R> {
  user?: undefined
  oauth?: undefined
  headers?: undefined
  response: R
}

/** The check of a bearer token, and the conversion of its errors. */
export interface BearerCheck {
  check: (request: OAuthRequest) => MaybePromise<void>
  /** Converts an error of `check` to the error of the response. */
  refusal: (thrown: unknown, request: OAuthRequest) => OAuth2Error
  /** Returns headers for every response. Undefined if there are none. */
  headers: ((request: OAuthRequest) => Record<string, string>) | undefined
}

const rules: Rules<AuthoriseOptions> = {
  scope: [
    (value) => typeof value === 'function' || (scopesOf(value)?.length ?? 0) > 0,
    'must be scopes with one space between them, or an array of scopes such as ' +
      "['read'] (RFC 6749 3.3), or a function that returns them: leave it out if the token needs no scope",
  ],
  resource: [(value) => typeof value === 'string', 'must be one of the option "resources"'],
  verify: [(value) => value === 'store' || value === 'signature', "must be 'store' or 'signature'"],
  dpop: dpopRequired,
}

const expose = 'Access-Control-Expose-Headers'

function scopesOf(value: unknown): string[] | undefined {
  if (typeof value === 'string') return parseScope(value)
  if (!Array.isArray(value)) return undefined
  return value.every(isScope) ? [...new Set(value as string[])] : undefined
}

/**
 * Returns the check for these options, the only argument if there is one. Throws an OptionError if
 * an option or the resource is unknown. An argument or option that is present but undefined or
 * empty is an error too, because it would accept every token.
 */
export function bearerCheck(
  context: Context,
  args: readonly AuthoriseOptions[],
  of: string,
): BearerCheck {
  const [input] = args.length === 0 ? [{}] : args
  const example = isPlainObject(input) ? undefined : exampleFor(input)
  const options = readOptions(input, rules, { of, example, undefinedIsLeftOut: false })
  const { resource, dpop, scope } = options
  const scopes = scopesOf(scope) ?? []
  const { settings } = context
  const { profile, resources } = settings
  assertDpop(context, dpop)
  const known = resource === undefined ? undefined : resourceOf(context, resource)
  const needs = {
    scopes,
    resource: known,
    verifySigned: options.verify === 'signature' ? verifySigned(context, known) : undefined,
    dpop,
    origin: originOf(settings, resource),
  }
  // If the server has exactly one resource, the metadata is about that one.
  const described = resource ?? (resources?.length === 1 ? resources[0] : undefined)
  const about = {
    scope: scopes.join(' '),
    metadata: described === undefined ? undefined : resourceMetadataUrl(described),
  }
  /** The scopes that a function has returned, for the challenge. */
  const returned = new WeakMap<OAuthRequest, string>()
  return {
    check:
      typeof scope === 'function'
        ? async (request) => {
            const needed = await scopesOfRequest(scope, request)
            returned.set(request, needed.join(' '))
            await authenticate(context, request, { ...needs, scopes: needed })
          }
        : (request) => authenticate(context, request, needs),
    refusal: (thrown, request) => {
      const usesDpop = dpop || (settings.dpop && hasDpopScheme(request))
      const scheme = usesDpop ? 'DPoP' : 'Bearer'
      const named = returned.get(request) ?? about.scope
      return profile.atResource(context.asOAuth2Error(thrown), { ...about, scheme, scope: named })
    },
    headers: settings.dpop?.nonces && ((request) => nonceHeaders(context, request)),
  }
}

const someScopes: Expected<Scopes> = {
  holds: (value): value is Scopes => value !== '' && scopesOf(value) !== undefined,
  words: 'scopes with one space between them, or an array of scopes (RFC 6749 3.3)',
}

async function scopesOfRequest(
  scope: ScopesOfRequest,
  { native }: OAuthRequest,
): Promise<readonly string[]> {
  const answer = await hookAnswer('scope', () => scope(native.request), someScopes)
  return scopesOf(answer) ?? []
}

/** RFC 9449 8.2: a response with a nonce must not be cached. With CORS, scripts may read it. */
function nonceHeaders(context: Context, request: OAuthRequest): Record<string, string> {
  const nonce = nonceHeader(context, request)
  return Object.keys(nonce).length === 0
    ? nonce
    : { ...nonce, 'Access-Control-Expose-Headers': 'DPoP-Nonce', 'Cache-Control': 'no-store' }
}

function exampleFor(input: unknown): string {
  if (input === undefined) return "{ scope: 'read' }, or nothing if the token needs no scope"
  if (!scopesOf(input)?.length) return "{ scope: 'read' }"
  return `{ scope: ${JSON.stringify(input).replaceAll('"', "'")} }`
}

/** Checks the token of a web-standard request. */
export async function authenticateWeb(
  context: Context,
  bearer: BearerCheck,
  message: Request,
): Promise<Authenticated | Refused<Response>> {
  const found = await checked(context, bearer, new WebRequest(message))
  return found.response ? { response: webResponse(found.response) } : found
}

/** Checks the token of a request of node:http. */
export async function authenticateNode(
  context: Context,
  bearer: BearerCheck,
  message: IncomingMessage,
): Promise<Authenticated | Refused<OAuthResponse>> {
  return checked(context, bearer, new NodeRequest(message))
}

async function checked(
  context: Context,
  { check, refusal, headers }: BearerCheck,
  request: NodeRequest | WebRequest,
): Promise<Authenticated | Refused<OAuthResponse>> {
  let more: Record<string, string> = {}
  try {
    if (headers) more = headers(request)
    await check(request)
    const { user, oauth = {} } = request.exposed
    return { user, oauth, headers: more }
  } catch (thrown) {
    const answer = errorAnswer(context, {}, refusal(thrown, request), request)
    const { hardensHeaders } = context.settings.profile
    const all = { ...more, ...answer.headers }
    if (hardensHeaders) {
      const exposed = [challengeExposed, more].map((one) => one[expose]).filter(Boolean)
      all[expose] = exposed.join(', ')
    }
    return { response: { ...answer, headers: all } }
  }
}

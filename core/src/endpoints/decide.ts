import type { ServerResponse } from 'node:http'
import { OAuth2Error, ServerError } from '../errors'
import type { OAuthRequest } from '../http/request'
import type { ModelRequest } from '../store/model'
import type { AuthorizationRequest, Decide, Decision } from './authorize'

/**
 * Decides about an authorization request, as in the 2.4 line: `next(error, allowed, user)`. On a
 * store the user is an object with an `id`, or the id.
 */
export type Check = (
  request: ModelRequest,
  next: (error?: unknown, allowed?: boolean, user?: unknown) => void,
) => unknown

/** The user who is signed in, as the hooks of the authorization endpoint pass it on. */
export interface SignedInUser {
  id: string | number
}

/**
 * The pages of the authorization endpoint. Each hook either gives its answer or, with `null`, has
 * answered the request itself: with a page, or a redirect to one.
 */
export interface Hooks<U extends SignedInUser = SignedInUser> {
  /** The user who is signed in. */
  authenticate(request: ModelRequest, response: ServerResponse): U | null | Promise<U | null>
  /**
   * Whether that user lets the client have what it asks for; `{ scope }` allows less than that. The
   * consent page's form comes back to the same URL, so this hook sees it too: check its CSRF token
   * here.
   */
  consent(
    request: ModelRequest,
    response: ServerResponse,
    asked: AuthorizationRequest & { user: U },
  ): Consent | Promise<Consent>
}

/** What a user answers; `null` = not yet, a page was shown. */
export type Consent = boolean | { scope: string } | null

/** Whether something has the functions that ask the user. */
export function isHooks(value: unknown): boolean {
  const { authenticate, consent } = (value ?? {}) as Record<string, unknown>
  return typeof authenticate === 'function' && typeof consent === 'function'
}

/** How the decision about this request is found out. */
export function decideBy<U extends SignedInUser>(
  decider: Check | Hooks<U>,
  { native }: OAuthRequest,
): Decide {
  const request = native.request as ModelRequest
  return typeof decider === 'function'
    ? () => decisionOfCheck(decider, request)
    : (asked) => decisionOfHooks(decider, request, native.response as ServerResponse, asked)
}

function decisionOfCheck(check: Check, request: ModelRequest): Promise<Decision> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) => reject(asServerError(error))
    const next = (error?: unknown, allowed?: boolean, user?: unknown) => {
      if (error) fail(error)
      else resolve({ allowed: Boolean(allowed), user })
    }
    // No deadline: it may well be a person who decides.
    Promise.resolve()
      .then(() => check(request, next))
      .catch(fail)
  })
}

async function decisionOfHooks<U extends SignedInUser>(
  hooks: Hooks<U>,
  request: ModelRequest,
  response: ServerResponse,
  asked: AuthorizationRequest,
): Promise<Decision | null> {
  try {
    const user = await hooks.authenticate(request, response)
    if (!user) return null
    return decisionOf(await hooks.consent(request, response, { ...asked, user }), user)
  } catch (error) {
    throw asServerError(error)
  }
}

function decisionOf(answer: Consent | undefined, user: unknown): Decision | null {
  if (answer === null || answer === undefined) return null
  return typeof answer === 'object'
    ? { allowed: true, user, scope: answer.scope }
    : { allowed: answer, user }
}

/** What the application throws says nothing to the client, unless it is an OAuth 2 error. */
function asServerError(error: unknown): OAuth2Error {
  return error instanceof OAuth2Error ? error : new ServerError(null, error)
}

import { isPlainObject } from '../values/is-object'
import type { ServerResponse } from 'node:http'
import { ConsentRequiredError, LoginRequiredError } from '../errors/errors'
import { type Expected, asServerError, hookAnswer, userOrNull } from '../contract/hook-answer'
import type { Profile } from '../profile'
import type { ModelRequest } from '../contract/model'
import type { Storage } from '../storage/storage'
import type { AuthorizationRequest } from './authorization-request'
import type { Decider, Decision } from './authorize'
import { exposedClient } from './exposed-client'

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

/** What the consent hook is asked: the request, for whom, and what that user has allowed before. */
export interface ConsentRequest<
  U extends SignedInUser = SignedInUser,
> extends AuthorizationRequest {
  user: U
  /**
   * The scopes that this user has let this client have before, for these resources, by codes whose
   * grants are not revoked: to ask once only. Looked up when it is called. Empty where the client wants
   * the user to be asked (`prompt=consent`), and for a public client whose redirect URI is not
   * https: it could be anybody (RFC 8252 8.6).
   */
  granted: () => Promise<string[]>
}

/**
 * The pages of the authorization endpoint. Each hook either gives its answer or, with `null`, has
 * answered the request itself: with a page, or a redirect to one.
 */
export interface Hooks<U extends SignedInUser = SignedInUser> {
  /** The user who is signed in. */
  authenticate(
    request: ModelRequest,
    response: ServerResponse,
    asked: AuthorizationRequest,
  ): U | null | Promise<U | null>
  /**
   * Whether that user lets the client have what it asks for; `{ scope }` allows less than that. The
   * consent page's form comes back to the same URL, so this hook sees it too: check its CSRF token
   * here.
   */
  consent(
    request: ModelRequest,
    response: ServerResponse,
    asked: ConsentRequest<U>,
  ): Consent | Promise<Consent>
}

/** What a user answers; `null` = not yet, a page was shown. */
export type Consent = boolean | { scope: string } | null

/** The hooks with the request and its answer at hand, whatever framework they came through. */
export interface BoundHooks<U extends SignedInUser = SignedInUser> {
  authenticate(asked: AuthorizationRequest): U | null | Promise<U | null>
  consent(asked: ConsentRequest<U>): Consent | Promise<Consent>
}

/** Whether something has the functions that ask the user. */
export function isHooks(value: unknown): boolean {
  const { authenticate, consent } = (value ?? {}) as Record<string, unknown>
  return typeof authenticate === 'function' && typeof consent === 'function'
}

/** The decision of a function `check(req, next)`. */
export function decideByCheck(check: Check, request: ModelRequest, profile: Profile): Decider {
  const decide = () =>
    new Promise<Decision>((resolve, reject) => {
      const fail = (error: unknown) => reject(asServerError(error))
      const next = (error?: unknown, allowed?: boolean, user?: unknown) => {
        if (error) return fail(error)
        try {
          resolve({ allowed: profile.allows(allowed), user })
        } catch (wrong) {
          fail(wrong)
        }
      }
      // No deadline: it may well be a person who decides.
      Promise.resolve()
        .then(() => check(request, next))
        .catch(fail)
    })
  return { decide }
}

/** The decision of the hooks. */
export function decideByHooks<U extends SignedInUser>(
  { tokens }: Storage,
  hooks: BoundHooks<U>,
): Decider {
  const userOf = (asked: AuthorizationRequest) =>
    hookAnswer('authenticate', () => hooks.authenticate(copyOf(asked)), userOrNull) as Promise<U>

  async function decide(asked: AuthorizationRequest): Promise<Decision | null> {
    const silent = asked.prompt.includes('none')
    const user = await userOf(asked)
    if (!user) {
      if (silent) throw new LoginRequiredError('Nobody is signed in')
      return null
    }
    const granted = async () =>
      mayRemember(asked)
        ? ((await tokens?.grantedScopes(asked.client.id, user, asked.resources)) ?? [])
        : []
    const ask = () => hooks.consent({ ...copyOf(asked), user, granted })
    const decision = decisionOf(await hookAnswer('consent', ask, consent), user)
    if (!decision && silent) throw new ConsentRequiredError('The user has to be asked')
    return decision
  }

  return { decide, isSignedIn: async (asked) => Boolean(await userOf(asked)) }
}

const consent: Expected<Consent> = {
  holds: (value): value is Consent =>
    value === null || typeof value === 'boolean' || isNarrower(value),
  words: 'true, false, { scope } with a string, or null',
}

function isNarrower(value: unknown): value is { scope: string } {
  // With something beside the scope it says more than it is known what to do about.
  return (
    isPlainObject(value) &&
    Object.keys(value).join() === 'scope' &&
    typeof value['scope'] === 'string'
  )
}

/** A request for a hook to keep, and change: what is asked stays as it is. */
function copyOf(asked: AuthorizationRequest): AuthorizationRequest {
  return {
    ...asked,
    client: exposedClient(asked.client),
    scopes: [...asked.scopes],
    resources: [...asked.resources],
    prompt: [...asked.prompt],
  }
}

function mayRemember({ prompt, client, redirectUri }: AuthorizationRequest): boolean {
  if (prompt.includes('consent')) return false
  return client.type === 'confidential' || redirectUri.startsWith('https://')
}

function decisionOf(answer: Consent, user: unknown): Decision | null {
  if (answer === null) return null
  return typeof answer === 'object'
    ? { allowed: true, user, scope: answer.scope }
    : { allowed: answer, user }
}

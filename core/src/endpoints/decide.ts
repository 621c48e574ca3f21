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
 * store, the user is an object with an `id`, or the id itself.
 */
export type Check = (
  request: ModelRequest,
  next: (error?: unknown, allowed?: boolean, user?: unknown) => void,
) => unknown

/** The signed-in user, as the hook `authenticate` returns it and `consent` receives it. */
export interface SignedInUser {
  id: string | number
}

/** The authorization request, its user and the scopes that the user allowed before. */
export interface ConsentRequest<
  U extends SignedInUser = SignedInUser,
> extends AuthorizationRequest {
  user: U
  /**
   * Resolves with the scopes that this user already granted this client for these resources, so
   * that the page does not have to ask again. Only codes whose grants are not revoked count. Each
   * call queries the storage. Resolves with an empty array if the client requires consent
   * (`prompt=consent`), or if it is a public client whose redirect URI is not https, because any
   * app could impersonate it (RFC 8252 8.6).
   */
  granted: () => Promise<string[]>
}

/**
 * The pages of the authorization endpoint. A hook returns its result, or `null` if it has answered
 * the request itself with a page or a redirect.
 */
export interface Hooks<U extends SignedInUser = SignedInUser> {
  /** Returns the signed-in user. */
  authenticate(
    request: ModelRequest,
    response: ServerResponse,
    authorization: AuthorizationRequest,
  ): U | null | Promise<U | null>
  /**
   * Returns whether the user allows the request. `{ scope }` allows a part of the requested scope.
   * The form of the consent page is posted to the same URL, so this hook receives it too. Check its
   * CSRF token here.
   */
  consent(
    request: ModelRequest,
    response: ServerResponse,
    authorization: ConsentRequest<U>,
  ): Consent | Promise<Consent>
}

/** The user's decision. `null` means that the hook showed a page instead. */
export type Consent = boolean | { scope: string } | null

/** The hooks, bound to the request and response of any framework. */
export interface BoundHooks<U extends SignedInUser = SignedInUser> {
  authenticate(authorization: AuthorizationRequest): U | null | Promise<U | null>
  consent(authorization: ConsentRequest<U>): Consent | Promise<Consent>
}

/** Returns whether the value has both hooks. */
export function isHooks(value: unknown): boolean {
  const { authenticate, consent } = (value ?? {}) as Record<string, unknown>
  return typeof authenticate === 'function' && typeof consent === 'function'
}

/** Returns a Decider that calls a function `check(req, next)`. */
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
      // No timeout, because the decision may wait for a person.
      Promise.resolve()
        .then(() => check(request, next))
        .catch(fail)
    })
  return { decide }
}

/** Returns a Decider that calls the hooks. */
export function decideByHooks<U extends SignedInUser>(
  { tokens }: Storage,
  hooks: BoundHooks<U>,
): Decider {
  const userOf = (request: AuthorizationRequest) =>
    hookAnswer('authenticate', () => hooks.authenticate(copyOf(request)), userOrNull) as Promise<U>

  async function decide(request: AuthorizationRequest): Promise<Decision | null> {
    const silent = request.prompt.includes('none')
    const user = await userOf(request)
    if (!user) {
      if (silent) throw new LoginRequiredError('No user is signed in')
      return null
    }
    const granted = async () =>
      mayRemember(request)
        ? ((await tokens?.grantedScopes(request.client.id, user, request.resources)) ?? [])
        : []
    const ask = () => hooks.consent({ ...copyOf(request), user, granted })
    const decision = decisionOf(await hookAnswer('consent', ask, consent), user)
    if (!decision && silent) throw new ConsentRequiredError('The user must be asked for consent')
    return decision
  }

  return { decide, isSignedIn: async (request) => Boolean(await userOf(request)) }
}

const consent: Expected<Consent> = {
  holds: (value): value is Consent =>
    value === null || typeof value === 'boolean' || isNarrower(value),
  words: 'true, false, { scope } with a string, or null',
}

function isNarrower(value: unknown): value is { scope: string } {
  // An unknown property would be ignored although the application expects an effect.
  return (
    isPlainObject(value) &&
    Object.keys(value).join() === 'scope' &&
    typeof value['scope'] === 'string'
  )
}

/** Returns a copy for a hook, so that changes made there do not affect the request. */
function copyOf(request: AuthorizationRequest): AuthorizationRequest {
  return {
    ...request,
    client: exposedClient(request.client),
    scopes: [...request.scopes],
    resources: [...request.resources],
    prompt: [...request.prompt],
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

import { types } from 'node:util'
import { isPlainObject } from '../values/is-object'
import { ConsentRequiredError, LoginRequiredError } from '../errors/errors'
import { type Expected, asServerError, hookAnswer, userOrNull } from '../contract/hook-answer'
import type { Profile } from '../profile'
import type { HookRequest, HookResponse } from '../contract/express-types'
import type { ModelRequest } from '../contract/model'
import type { SignedInUser } from '../contract/user-id'
import type { Storage } from '../storage/storage'
import type { AuthorizationRequest } from './authorization-request'
import type { Decider, Decision, Narrow } from './authorize'
import type { DevicePage } from './device'
import { exposedClient } from '../storage/exposed-client'

/**
 * Decides about an authorization request, as in the 2.4 line: `next(error, allowed, user)`. On a
 * store, the user is an object with an `id`, or the id itself.
 */
export type Check = (
  request: ModelRequest,
  next: (error?: unknown, allowed?: boolean, user?: unknown) => void,
) => unknown

/** The authorization request, its user and the scopes that the user allowed before. */
export interface ConsentRequest<
  U extends SignedInUser = SignedInUser,
> extends AuthorizationRequest {
  user: U
  /**
   * Resolves with the scopes that this user already granted this client for these resources, so
   * that the page does not have to ask again. Only codes whose grants are not revoked count. Each
   * call queries the storage. Resolves with an empty array if the client requires consent
   * (`prompt=consent`), for a device, or if it is a public client whose redirect URI is not https, because any
   * app could impersonate it (RFC 8252 8.6).
   */
  granted: () => Promise<string[]>
}

/**
 * The pages of the authorization endpoint. A hook returns its result, or `null` if it has answered
 * the request itself with a page or a redirect. Once the response is sent, it may also return
 * nothing. `Req` and `Res` are the types of the request and response: those of Express if they are
 * installed.
 */
export interface Hooks<
  U extends SignedInUser = SignedInUser,
  Req = HookRequest,
  Res = HookResponse,
> {
  /** Returns the signed-in user. */
  authenticate(
    request: Req,
    response: Res,
    authorization: AuthorizationRequest,
  ): U | null | undefined | void | Promise<U | null | undefined | void>
  /**
   * Returns whether the user allows the request. `{ scope }` allows a part of the requested scope.
   * The form of the consent page is posted to the same URL, so this hook receives it too. Check its
   * CSRF token here.
   */
  consent(
    request: Req,
    response: Res,
    authorization: ConsentRequest<U>,
  ): Consent | undefined | void | Promise<Consent | undefined | void>
}

/**
 * The user's decision. An object allows the request: `scope` narrows the requested scope, and
 * `metadata` is data of the application that the grant keeps, also when it is refreshed. `null`
 * means that the hook showed a page instead.
 */
export type Consent = boolean | Allowed | null

/** What the user allows. At least one property is needed. */
export interface Allowed {
  /** The granted scopes, separated by spaces. @default the requested scope */
  scope?: string
  /** Serializable with `JSON.stringify`. */
  metadata?: Record<string, unknown>
  /** When the user signed in: `auth_time` of signed access tokens (RFC 9068 2.2.1). */
  authTime?: Date
}

/** The pages for devices (RFC 8628 3.3), in addition to `Hooks`. */
export interface DeviceHooks<Req = HookRequest, Res = HookResponse> {
  /**
   * Shows the form for the user code, or the result, and returns `null`. The form is posted to the same
   * URL. Needed if the option `grants` has `urn:ietf:params:oauth:grant-type:device_code`.
   */
  device(
    request: Req,
    response: Res,
    page: DevicePage,
  ): null | undefined | void | Promise<null | undefined | void>
}

/** The hooks, bound to the request and response of any framework. */
export interface BoundHooks<U extends SignedInUser = SignedInUser> {
  authenticate(authorization: AuthorizationRequest): U | null | Promise<U | null>
  consent(authorization: ConsentRequest<U>): Consent | Promise<Consent>
  /** Undefined if the application has no pages for devices. */
  device?: ((page: DevicePage) => unknown) | undefined
}

/** Returns whether the value has both hooks of the authorization endpoint. */
export function isHooks(value: unknown): boolean {
  const { authenticate, consent } = (value ?? {}) as Record<string, unknown>
  return typeof authenticate === 'function' && typeof consent === 'function'
}

/** Returns whether the value also has the hook for devices. */
export function isDeviceHooks(value: unknown): boolean {
  return isHooks(value) && typeof (value as { device?: unknown }).device === 'function'
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

  async function decide(request: AuthorizationRequest, narrow: Narrow): Promise<Decision | null> {
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
    const scopes = await narrow(user)
    const ask = () => hooks.consent({ ...copyOf({ ...request, scopes }), user, granted })
    const decision = decisionOf(await hookAnswer('consent', ask, consent), user)
    if (!decision && silent) throw new ConsentRequiredError('The user must be asked for consent')
    return decision
  }

  return { decide, isSignedIn: async (request) => Boolean(await userOf(request)) }
}

const longestMetadata = 4096

const consent: Expected<Consent> = {
  holds: (value): value is Consent =>
    value === null || typeof value === 'boolean' || isAllowed(value),
  words:
    'true, false, { scope } with a string, { metadata } with a small plain object, { authTime } ' +
    'with a Date, or null',
}

function isAllowed(value: unknown): value is Allowed {
  if (!isPlainObject(value)) return false
  // An unknown property would be ignored although the application expects an effect.
  const { scope, metadata, authTime, ...others } = value
  const hasSome = [scope, metadata, authTime].some((one) => one !== undefined)
  if (Object.keys(others).length > 0 || !hasSome) return false
  if (scope !== undefined && typeof scope !== 'string') return false
  if (authTime !== undefined && !isTime(authTime)) return false
  return metadata === undefined || metadataOf(metadata) !== null
}

function isTime(value: unknown): boolean {
  return types.isDate(value) && Number.isFinite(value.getTime()) && value.getTime() >= 0
}

/** Returns what a store keeps of the metadata, or `null` if it is not allowed. */
function metadataOf(value: unknown): Record<string, unknown> | null {
  if (!isPlainObject(value)) return null
  try {
    const json = JSON.stringify(value)
    const kept: unknown = json.length <= longestMetadata ? JSON.parse(json) : null
    return isPlainObject(kept) ? kept : null
  } catch {
    return null
  }
}

/** Returns a copy for a hook, so that changes made there do not affect the request. */
function copyOf(request: AuthorizationRequest): AuthorizationRequest {
  return {
    ...request,
    client: exposedClient(request.client),
    scopes: [...request.scopes],
    resources: [...request.resources],
    prompt: [...request.prompt],
    ...(request.device && { device: { ...request.device } }),
  }
}

function mayRemember({ prompt, client, redirectUri, device }: AuthorizationRequest): boolean {
  // RFC 8628 5.4: the user must always confirm that the device is theirs.
  if (device) return false
  if (prompt.includes('consent')) return false
  return client.type === 'confidential' || redirectUri.startsWith('https://')
}

function decisionOf(answer: Consent, user: unknown): Decision | null {
  if (answer === null) return null
  if (typeof answer === 'boolean') return { allowed: answer, user }
  const { scope, metadata, authTime } = answer
  // The copy that is kept: the hook may change its own object later.
  return {
    allowed: true,
    user,
    scope,
    metadata: metadata && metadataOf(metadata)!,
    authTime: authTime?.getTime(),
  }
}

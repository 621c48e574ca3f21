import { descriptionOf } from '../errors/descriptions'
import { InvalidClientError, InvalidRequestError, UnauthorizedClientError } from '../errors/errors'
import type { OAuthRequest, Values } from '../http/request'
import type { Settings } from '../options/settings'
import type { Profile } from '../profile'
import { isThumbprint } from '../protocol/dpop-proof'
import { isCodeChallenge } from '../protocol/pkce'
import { narrowResource, resourcesFor } from '../protocol/resource'
import type { ClientInfo } from '../contract/store'
import type { StorageClient } from '../storage/storage'
import type { Parameters } from './authorization-parameters'
import type { Context } from '../context'

/** The device of a request (RFC 8628), for the warning on the consent page (RFC 8628 5.4). */
export interface DeviceDetails {
  /** The code that the device shows, such as `BCDF-GHJK`. The user must compare the two. */
  userCode: string
  /** The address that the request of the device came from. `undefined` means unknown. */
  address: string | undefined
  /** When the device began. */
  requestedAt: Date
}

/** An authorization request whose client and redirect URI are valid. */
export interface AuthorizationRequest {
  /** The client, without the hash of its secret. On a 2.4 model, the result of `getClient`. */
  client: ClientInfo
  /** The requested scopes, all of which the client may have. */
  scopes: string[]
  /** The resources that the tokens are for (RFC 8707). Empty if no resource is configured. */
  resources: readonly string[]
  /** The URI that the response is redirected to. Empty for a device. */
  redirectUri: string
  state: string | undefined
  /**
   * The pages that the client wants the user to see, such as `login` and `consent`. `none` means no
   * page: if a hook then returns `null`, the client receives an error.
   */
  prompt: readonly string[]
  /** The maximum age of the user's sign-in, in seconds. An older sign-in must be repeated. */
  maxAge: number | undefined
  /**
   * Set if a user wants to allow a device (RFC 8628 3.3). Nobody is redirected then. Ask the user to
   * compare the code with that of the device, and to deny a device that is not theirs: an attacker may
   * have sent them the code. A device can only be allowed by a posted form.
   */
  device?: DeviceDetails | undefined
  /** The fields of the form if the request was posted. */
  form: Values
}

/**
 * Resolves with the client and its redirect URI. An error up to this point is shown to the user and
 * never redirected.
 */
export async function findClient(
  { storage, settings }: Context,
  request: OAuthRequest,
  { clientId, redirectUri: requested }: Parameters,
): Promise<{ client: StorageClient; redirectUri: string }> {
  const { profile } = settings
  if (clientId === undefined)
    throw new InvalidRequestError('Invalid or missing client_id parameter')
  if (requested === undefined && profile.needsRedirectUri) throw missingRedirectUri()
  const client = await storage.findClient(clientId, request).catch(asUnknownClient)
  if (!client) throw profile.unknownClient()
  return { client, redirectUri: redirectUriFor(client, requested, settings) }
}

/**
 * Returns the redirect URI of a request of this client. Throws an `invalid_request` unless it is
 * registered.
 */
export function redirectUriFor(
  client: StorageClient,
  requested: string | undefined,
  settings: Settings,
): string {
  // RFC 6749 3.1.2.3: the parameter is optional if exactly one redirect URI is registered.
  const redirectUri =
    requested ?? (client.redirectUris.length === 1 ? client.redirectUris[0] : undefined)
  if (redirectUri === undefined) throw missingRedirectUri()
  if (!settings.profile.isRegisteredRedirectUri(redirectUri, client, settings)) {
    throw new InvalidRequestError('redirect_uri does not match')
  }
  return redirectUri
}

/** Throws the error as that of a request, as for an unknown client: no client authenticates here. */
function asUnknownClient(error: unknown): never {
  if (error instanceof InvalidClientError)
    throw new InvalidRequestError(descriptionOf(error), error)
  throw error
}

/**
 * Validates the remaining parameters and returns what the code is issued for. `isPushed` is whether the
 * client has pushed the request (RFC 9126).
 */
export function checkRequest(
  parameters: Parameters,
  client: StorageClient,
  redirectUri: string,
  settings: Settings,
  isPushed: boolean,
) {
  const { profile, grants, requirePkce, requirePushedAuthorizationRequests } = settings
  if (parameters.problem !== undefined) throw parameters.problem
  // RFC 9126 5 and 6
  if (
    !isPushed &&
    (requirePushedAuthorizationRequests || client.requirePushedAuthorizationRequests === true)
  )
    throw new InvalidRequestError('The request must be pushed first (RFC 9126)')
  assertResponseMode(parameters, redirectUri)
  assertResponseType(parameters, profile)
  if (
    profile.refusesCodesEarly &&
    ![grants, client.grantTypes].every((allowed) => allowed.includes('authorization_code'))
  ) {
    throw new UnauthorizedClientError('The client may not use authorization codes')
  }
  return {
    challenge: profile.pkce
      ? challengeOf(parameters, client.type === 'public' || (client.requirePkce ?? requirePkce))
      : undefined,
    scope: profile.scope(parameters.scope, client.scopes),
    resource: narrowResource(parameters.resource, resourcesFor(client, settings)),
    prompt: promptOf(parameters),
    maxAge: maxAgeOf(parameters),
    jkt: jktOf(parameters),
  }
}

/** The supported response modes. A code is never returned in a fragment. */
export const responseModes: readonly string[] = ['query', 'form_post']

/** Throws unless the response can be returned as the request says. */
function assertResponseMode({ responseMode }: Parameters, redirectUri: string): void {
  if (responseMode === undefined) return
  if (!responseModes.includes(responseMode))
    throw new InvalidRequestError('The response_mode must be query or form_post')
  if (responseMode === 'form_post' && !isWebUrl(redirectUri))
    throw new InvalidRequestError('The response_mode form_post needs a redirect URI with https')
}

/** Returns whether the response is a posted form (OAuth 2.0 Form Post Response Mode 2). */
export function isFormPost({ responseMode }: Parameters, redirectUri: string): boolean {
  return responseMode === 'form_post' && isWebUrl(redirectUri)
}

/** Returns whether a browser can post a form to the URI. */
function isWebUrl(uri: string): boolean {
  return /^https?:/i.test(uri)
}

/** Throws unless the response type is `code`, the only supported one. */
export function assertResponseType({ responseType }: Parameters, profile: Profile): void {
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

/** Returns whether the client wants no page shown, so that it receives an error at once. */
export function isSilent(parameters: Parameters): boolean {
  return wishesOf(parameters).join() === 'none'
}

/** Returns the values of `prompt`, even if the request is otherwise invalid. */
export function wishesOf({ prompt = '' }: Parameters): string[] {
  return prompt.split(' ').filter((value) => value !== '')
}

function promptOf(parameters: Parameters): readonly string[] {
  const values = wishesOf(parameters)
  if (values.includes('none') && values.length > 1)
    throw new InvalidRequestError('prompt=none cannot be combined with other values')
  return values
}

function maxAgeOf({ maxAge }: Parameters): number | undefined {
  if (maxAge === undefined) return undefined
  if (!/^\d{1,10}$/.test(maxAge)) throw new InvalidRequestError('The max_age is not a number')
  return Number(maxAge)
}

/** RFC 9449 10: the thumbprint of the key that must redeem the code. */
function jktOf({ dpopJkt }: Parameters): string | undefined {
  if (dpopJkt === undefined || isThumbprint(dpopJkt)) return dpopJkt
  throw new InvalidRequestError('The dpop_jkt is not the SHA-256 thumbprint of a key')
}

function missingRedirectUri(): InvalidRequestError {
  return new InvalidRequestError('Invalid or missing redirect_uri parameter')
}

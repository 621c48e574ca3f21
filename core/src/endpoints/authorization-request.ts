import { descriptionOf } from '../errors/descriptions'
import {
  InvalidClientError,
  InvalidRequestError,
  RequestNotSupportedError,
  RequestUriNotSupportedError,
  UnauthorizedClientError,
} from '../errors/errors'
import { malformedParameters, undecodable } from '../http/body'
import { type OAuthRequest, type Values, isForm, parameter, repeatable } from '../http/request'
import type { Settings } from '../options/settings'
import type { Profile } from '../profile'
import { isThumbprint } from '../protocol/dpop-proof'
import { isCodeChallenge } from '../protocol/pkce'
import { narrowResource, resourcesFor } from '../protocol/resource'
import type { ClientInfo } from '../contract/store'
import { longestId } from '../contract/ids'
import type { RequestParameters, StorageClient } from '../storage/storage'
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

/** The parameters of an authorization request, not yet validated. */
export type Parameters = ReturnType<typeof parametersOf>

/** Where the parameters of an authorization request are, before they are read. */
export interface Source {
  /** Returns where to look for a parameter, in order of precedence. */
  valuesFor: (name: string) => readonly Values[]
  /** The names of the parameters that cannot be decoded. */
  broken: ReadonlySet<string>
}

/** Resolves with the source of the parameters of a request, and with its form. */
export async function sourceOf(
  request: OAuthRequest,
  { profile }: Settings,
): Promise<Source & { form: Values }> {
  const { query, search } = request
  const broken = undecodable(search)
  // Without these two parameters, the server cannot send an error to the client.
  const mustDecode = profile.redirectsMalformed ? ['client_id', 'redirect_uri'] : [...broken]
  if (mustDecode.some((name) => broken.has(name))) throw malformedParameters()
  const form = (isForm(request) ? await request.form() : request.body) ?? {}
  return {
    valuesFor: (name) => profile.authorizationSources(query, form, name),
    broken,
    form,
  }
}

/** Returns the value of a parameter in a source. Throws as `parameter()` does. */
export function valueIn(source: Source, name: string, longest?: number): string | undefined {
  return source
    .valuesFor(name)
    .map((values) => parameter(values, name, longest))
    .find((value) => value !== undefined)
}

/**
 * Reads the parameters (RFC 6749 4.1.1, RFC 7636 4.3, RFC 8707 2, OpenID Connect Core 3.1.2.1, OAuth 2.0
 * Multiple Response Type Encoding Practices 2.1).
 */
export function parametersOf(source: Source, { profile, resources, dpop }: Settings) {
  const { broken, valuesFor } = source
  const read = (name: string, longest?: number) => valueIn(source, name, longest)

  /** The first error in the other parameters. */
  let problem: unknown = broken.size > 0 ? malformedParameters() : undefined
  const attempt = <T>(reading: () => T): T | undefined => {
    try {
      return reading()
    } catch (error) {
      if (!profile.redirectsMalformed) throw error
      problem ??= error
      return undefined
    }
  }
  const other = (name: string) => (broken.has(name) ? undefined : attempt(() => read(name)))
  const extension = (name: string) => (profile.extensions ? other(name) : undefined)
  const resourcesOf = () => valuesFor('resource').flatMap((one) => repeatable(one, 'resource'))
  if (profile.extensions) attempt(() => assertNoRequestObject(source))
  return {
    responseType: other('response_type'),
    clientId: read('client_id', longestId),
    redirectUri: read('redirect_uri'),
    state: other('state'),
    scope: other('scope'),
    challenge: other('code_challenge'),
    challengeMethod: other('code_challenge_method'),
    responseMode: extension('response_mode'),
    prompt: extension('prompt'),
    maxAge: extension('max_age'),
    dpopJkt: dpop ? other('dpop_jkt') : undefined,
    resource: (resources && attempt(resourcesOf)) ?? [],
    problem,
  }
}

/** Returns the text of the parameters, as `parametersOf()` reads them, without those of the client. */
export function textOf(parameters: Parameters): RequestParameters {
  const { resource } = parameters
  const all = {
    response_type: parameters.responseType,
    redirect_uri: parameters.redirectUri,
    state: parameters.state,
    scope: parameters.scope,
    code_challenge: parameters.challenge,
    code_challenge_method: parameters.challengeMethod,
    response_mode: parameters.responseMode,
    prompt: parameters.prompt,
    max_age: parameters.maxAge,
    dpop_jkt: parameters.dpopJkt,
    resource: resource.length > 0 ? resource : undefined,
  }
  return Object.fromEntries(
    Object.entries(all).filter(
      (entry): entry is [string, string | string[]] => entry[1] !== undefined,
    ),
  )
}

/**
 * Throws if the request has a request object, in whatever form, or refers to one (RFC 9101 5 and 7,
 * OpenID Connect Core 6). Its parameters could differ from those that are read.
 */
function assertNoRequestObject({ valuesFor }: Source): void {
  const has = (name: string) => valuesFor(name).some((values) => (values[name] ?? '') !== '')
  if (has('request')) throw new RequestNotSupportedError()
  if (has('request_uri')) throw new RequestUriNotSupportedError()
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

import { InvalidRequestError, UnauthorizedClientError } from '../errors/errors'
import { malformedParameters, undecodable } from '../http/body'
import { type OAuthRequest, type Values, isForm, parameter, repeatable } from '../http/request'
import type { Settings } from '../options/settings'
import type { Profile } from '../profile'
import { isCodeChallenge } from '../protocol/pkce'
import { narrowResource } from '../protocol/resource'
import type { Client } from '../contract/store'
import { longestId } from '../contract/ids'
import type { StorageClient } from '../storage/storage'
import type { Context } from '../context'

/** An authorization request whose client and redirect URI are known to be right. */
export interface AuthorizationRequest {
  /** Who asks; without the secret's hash. On a 2.4 model, what `getClient` gave. */
  client: Omit<Client, 'secretHash' | 'version'>
  /** The scopes that were asked for, and may be. */
  scopes: string[]
  /** The resources that the tokens are for (RFC 8707); empty where none is configured. */
  resources: readonly string[]
  /** Where the answer goes. */
  redirectUri: string
  state: string | undefined
  /**
   * What the client wants the user to be shown, such as `login` and `consent`. With `none` it wants
   * nothing shown: then a hook that answers `null` has the client told so.
   */
  prompt: readonly string[]
  /** The seconds since the user signed in after which the client wants that done again. */
  maxAge: number | undefined
  /** The fields of the form, where the request is one that was posted. */
  form: Values
}

/** The parameters of an authorization request, none of which is known to be right. */
export type Parameters = Awaited<ReturnType<typeof readParameters>>

/** Reads the parameters (RFC 6749 4.1.1, RFC 7636 4.3, RFC 8707 2, OpenID Connect Core 3.1.2.1). */
export async function readParameters(request: OAuthRequest, { profile, resources }: Settings) {
  const { query, search } = request
  const broken = undecodable(search)
  // Without these two it is not known whom to tell.
  const mustDecode = profile.redirectsMalformed ? ['client_id', 'redirect_uri'] : [...broken]
  if (mustDecode.some((name) => broken.has(name))) throw malformedParameters()
  const form = (isForm(request) ? await request.form() : request.body) ?? {}
  const sources = (name: string) => profile.authorizationSources(query, form, name)
  const read = (name: string, longest?: number) =>
    sources(name)
      .map((source) => parameter(source, name, longest))
      .find((value) => value !== undefined)

  /** The first thing that is wrong with the other parameters. */
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
  const resourcesOf = () => sources('resource').flatMap((one) => repeatable(one, 'resource'))
  return {
    responseType: other('response_type'),
    clientId: read('client_id', longestId),
    redirectUri: read('redirect_uri'),
    state: other('state'),
    scope: other('scope'),
    challenge: other('code_challenge'),
    challengeMethod: other('code_challenge_method'),
    prompt: extension('prompt'),
    maxAge: extension('max_age'),
    resource: (resources && attempt(resourcesOf)) ?? [],
    form,
    problem,
  }
}

/**
 * The client, and where its answer goes. What is wrong up to here is told to the user and never
 * redirected.
 */
export async function findClient(
  { storage, settings }: Context,
  { clientId, redirectUri: asked }: Parameters,
): Promise<{ client: StorageClient; redirectUri: string }> {
  const { profile } = settings
  if (clientId === undefined)
    throw new InvalidRequestError('Invalid or missing client_id parameter')
  if (asked === undefined && profile.needsRedirectUri) throw missingRedirectUri()
  const client = await storage.findClient(clientId)
  if (!client) throw profile.unknownClient()
  // RFC 6749 3.1.2.3: it may be left out where there is no choice.
  const redirectUri =
    asked ?? (client.redirectUris.length === 1 ? client.redirectUris[0] : undefined)
  if (redirectUri === undefined) throw missingRedirectUri()
  if (!profile.isRegisteredRedirectUri(redirectUri, client)) {
    throw new InvalidRequestError('redirect_uri does not match')
  }
  return { client, redirectUri }
}

/** What the client may be given a code for, once every parameter is known to be right. */
export function checkRequest(asked: Parameters, client: StorageClient, settings: Settings) {
  const { profile, grants, requirePkce } = settings
  if (asked.problem !== undefined) throw asked.problem
  assertResponseType(asked, profile)
  if (
    profile.refusesCodesEarly &&
    ![grants, client.grantTypes].every((allowed) => allowed.includes('authorization_code'))
  ) {
    throw new UnauthorizedClientError('The client may not use authorization codes')
  }
  return {
    challenge: profile.pkce
      ? challengeOf(asked, requirePkce || client.type === 'public')
      : undefined,
    scope: profile.scope(asked.scope, client.scopes),
    resource: narrowResource(asked.resource, settings.resources),
    prompt: promptOf(asked),
    maxAge: maxAgeOf(asked),
  }
}

/** Throws unless a code is asked for, which is all that there is. */
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

/** Whether the client wants nothing shown, and would be told of an error at once. */
export function isSilent(asked: Parameters): boolean {
  return wishesOf(asked).join() === 'none'
}

/** What the client wants the user to be shown, however much else is wrong with its request. */
export function wishesOf({ prompt = '' }: Parameters): string[] {
  return prompt.split(' ').filter((wish) => wish !== '')
}

function promptOf(asked: Parameters): readonly string[] {
  const wishes = wishesOf(asked)
  if (wishes.includes('none') && wishes.length > 1)
    throw new InvalidRequestError('The prompt none stands alone')
  return wishes
}

function maxAgeOf({ maxAge }: Parameters): number | undefined {
  if (maxAge === undefined) return undefined
  if (!/^\d{1,10}$/.test(maxAge)) throw new InvalidRequestError('The max_age is no number')
  return Number(maxAge)
}

function missingRedirectUri(): InvalidRequestError {
  return new InvalidRequestError('Invalid or missing redirect_uri parameter')
}

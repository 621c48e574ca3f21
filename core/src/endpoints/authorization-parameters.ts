import { longestId } from '../contract/ids'
import { RequestNotSupportedError, RequestUriNotSupportedError } from '../errors/errors'
import { malformedParameters, undecodable } from '../http/body'
import { type OAuthRequest, type Values, isForm, parameter, repeatable } from '../http/request'
import type { Settings } from '../options/settings'
import type { RequestParameters } from '../storage/storage'

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

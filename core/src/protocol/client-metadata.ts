import type { AuthMethod, Client, ClientRegistration } from '../contract/store'
import { isStorableText } from '../contract/ids'
import { KeySetError, longestKeySet, registeredKeySet } from '../crypto/public-keys'
import { InvalidClientMetadataError, InvalidRedirectUriError } from '../errors/errors'
import { fetchableUrlProblem } from '../http/fetch-json'
import { isObject } from '../values/is-object'
import { parsedUrl } from '../values/parsed-url'
import { authMethodsOf, secretMethods } from './client-authentication'
import { redirectUriProblem } from './redirect-uri'
import { parseScope } from './scope'

/** What clients that register themselves may have. */
export interface MetadataPolicy {
  /** The scopes that they may request. `null` means any. */
  readonly scopes: readonly string[] | null
  /** The grant types that they may use. */
  readonly grantTypes: readonly string[]
  /** The methods by which they may authenticate. The first one is the default. */
  readonly authMethods: readonly AuthMethod[]
  /** The schemes of apps that redirect URIs may have (RFC 8252 7.1), without the colon. */
  readonly privateUseSchemes: readonly string[]
}

/** What metadata says of the client itself. */
export type RegistrationTexts = Omit<
  ClientRegistration,
  'method' | 'issuedAt' | 'usedAt' | 'accessTokenHash' | 'softwareStatement' | 'retired'
>

/** The properties of a client that its metadata decides. */
export interface DescribedClient extends Pick<
  Client,
  | 'type'
  | 'authMethod'
  | 'jwks'
  | 'jwksUri'
  | 'redirectUris'
  | 'grantTypes'
  | 'scopes'
  | 'name'
  | 'dpopBoundAccessTokens'
  | 'requirePushedAuthorizationRequests'
> {
  registration: RegistrationTexts
}

const longestName = 200
const longestText = 500
const longestUri = 2048
const mostRedirectUris = 50
/** The maximum length of all redirect URIs together. */
const longestRedirectUris = 16_384
const mostContacts = 20
const mostGrantTypes = 50

/** The members of the metadata that are URLs of pages or images. */
const pages = {
  clientUri: 'client_uri',
  logoUri: 'logo_uri',
  tosUri: 'tos_uri',
  policyUri: 'policy_uri',
} as const

// Characters that change how the text around them looks (Unicode bidirectional controls).
const misleading = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u

// Spaces and characters that show nothing, such as fillers and Braille without dots.
const invisible = /^[\p{White_Space}\p{Default_Ignorable_Code_Point}\u2800]*$/u

/**
 * Returns the client that metadata describes (RFC 7591 2). Members that are unknown are ignored, and
 * so are values that the server does not offer, which RFC 7591 2 allows: the result is what counts.
 * `scope` is only checked for its form. The client may request all scopes of the policy, because it
 * does not know yet what it will need later, and its user decides. Throws an
 * `invalid_client_metadata` or an `invalid_redirect_uri` that names the member.
 */
export function describedClient(metadata: unknown, policy: MetadataPolicy): DescribedClient {
  if (!isObject(metadata) || Array.isArray(metadata))
    throw new InvalidClientMetadataError('The metadata of the client must be a JSON object')
  // RFC 7592 2.2: a null value is an omitted one.
  const present = new Map(Object.entries(metadata).filter(([, value]) => value !== null))
  assertScope(present.get('scope'))
  const { scopes } = policy
  const authentication = authenticationIn(present, policy)
  const grantTypes = grantTypesIn(present, policy, authentication.type)
  return {
    ...authentication,
    grantTypes,
    redirectUris: redirectUrisIn(present, policy, grantTypes),
    scopes: scopes && [...scopes],
    ...named('name', textIn(present, 'client_name', longestName)),
    ...named('dpopBoundAccessTokens', flagIn(present, 'dpop_bound_access_tokens')),
    ...named(
      'requirePushedAuthorizationRequests',
      flagIn(present, 'require_pushed_authorization_requests'),
    ),
    registration: textsIn(present),
  }
}

/** Returns the metadata of a client (RFC 7591 3.2.1), without its id, its secret and tokens. */
export function metadataOf(client: Client): Record<string, unknown> {
  const { grantTypes, scopes, registration } = client
  const usesCodes = grantTypes.includes('authorization_code')
  const [method] = authMethodsOf(client)
  return {
    redirect_uris: client.redirectUris,
    token_endpoint_auth_method: method,
    grant_types: grantTypes,
    response_types: usesCodes ? ['code'] : [],
    client_name: client.name,
    scope: scopes?.join(' '),
    jwks: client.jwks,
    jwks_uri: client.jwksUri,
    dpop_bound_access_tokens: client.dpopBoundAccessTokens,
    require_pushed_authorization_requests: client.requirePushedAuthorizationRequests,
    contacts: registration?.contacts,
    software_id: registration?.softwareId,
    software_version: registration?.softwareVersion,
    ...Object.fromEntries(
      Object.entries(pages).map(([name, member]) => [
        member,
        registration?.[name as keyof typeof pages],
      ]),
    ),
  }
}

type Members = ReadonlyMap<string, unknown>

/** Reads how the client authenticates (RFC 7591 2, RFC 7523 2.2). */
function authenticationIn(
  members: Members,
  { authMethods }: MetadataPolicy,
): Pick<Client, 'type' | 'authMethod' | 'jwks' | 'jwksUri'> {
  const member = 'token_endpoint_auth_method'
  const [fallback] = authMethods
  const method = (members.get(member) ?? fallback) as AuthMethod
  if (!authMethods.includes(method)) throw refused(member, `must be ${authMethods.join(' or ')}`)
  if (method === 'none') return { type: 'public', authMethod: method }
  // A client that names no method may send its secret either way, if both are allowed.
  const isAny = !members.has(member) && secretMethods.every((one) => authMethods.includes(one))
  if (method !== 'private_key_jwt')
    return { type: 'confidential', ...(!isAny && { authMethod: method }) }
  return { type: 'confidential', authMethod: method, ...keysIn(members) }
}

function keysIn(members: Members): Pick<Client, 'jwks' | 'jwksUri'> {
  const jwks = members.get('jwks')
  const jwksUri = members.get('jwks_uri')
  if ((jwks === undefined) === (jwksUri === undefined))
    throw refused('jwks', 'or "jwks_uri" is needed for private_key_jwt, and not both')
  if (jwksUri !== undefined) {
    const problem = fetchableUrlProblem(jwksUri)
    if (problem !== undefined) throw refused('jwks_uri', problem)
    const text = jwksUri as string
    if (text.length > longestUri)
      throw refused('jwks_uri', `is longer than ${longestUri} characters`)
    return { jwksUri: text }
  }
  if (hasNested(jwks))
    throw refused('jwks', 'has a key with a member that is neither text nor a list')
  try {
    const keys = registeredKeySet(jwks)
    const text = JSON.stringify(keys)
    if (text.length > longestKeySet)
      throw refused('jwks', `is longer than ${longestKeySet} characters`)
    // What is not storable is escaped in JSON.
    if (/\\u(?:0000|d[89a-f])/.test(text))
      throw refused('jwks', 'has a null character, or is not well-formed Unicode')
    return { jwks: keys }
  } catch (error) {
    if (error instanceof KeySetError) throw refused('jwks', error.message)
    throw error
  }
}

/** Returns whether a key of a set has other members than those of RFC 7517 4 could be. */
function hasNested(jwks: unknown): boolean {
  const keys = isObject(jwks) && Array.isArray(jwks['keys']) ? (jwks['keys'] as unknown[]) : []
  return keys.some((key) => isObject(key) && Object.values(key).some(isNested))
}

function isNested(value: unknown): boolean {
  return isObject(value) && !(Array.isArray(value) && value.every((one) => typeof one === 'string'))
}

function grantTypesIn(members: Members, policy: MetadataPolicy, type: Client['type']): string[] {
  const member = 'grant_types'
  const named = textsOf(members, member, mostGrantTypes) ?? ['authorization_code']
  // RFC 6749 4.4: only confidential clients may use client_credentials.
  const possible = policy.grantTypes.filter(
    (name) => type !== 'public' || name !== 'client_credentials',
  )
  const offered = named.filter((name) => possible.includes(name))
  if (!offered.some((name) => name !== 'refresh_token'))
    throw refused(member, `must have one of ${possible.join(', ')}`)
  // RFC 7591 2.1: a client with authorization codes has the response type "code".
  const responseTypes = textsOf(members, 'response_types', mostGrantTypes) ?? ['code']
  if (offered.includes('authorization_code') && !responseTypes.includes('code'))
    throw refused('response_types', 'must include "code" for the grant type authorization_code')
  return [...new Set(offered)]
}

function redirectUrisIn(
  members: Members,
  { privateUseSchemes }: MetadataPolicy,
  grantTypes: readonly string[],
): string[] {
  const member = 'redirect_uris'
  const uris = members.get(member) ?? []
  const wrong = (says: string) => new InvalidRedirectUriError(`"${member}" ${says}`)
  if (!Array.isArray(uris) || !uris.every((uri) => typeof uri === 'string'))
    throw wrong('must be an array of strings')
  if (uris.length === 0 && grantTypes.includes('authorization_code'))
    throw wrong('needs a URI for the grant type authorization_code')
  if (uris.length > mostRedirectUris) throw wrong(`has more than ${mostRedirectUris} URIs`)
  if (uris.join('').length > longestRedirectUris)
    throw wrong(`is longer than ${longestRedirectUris} characters`)
  for (const uri of uris) {
    const problem = redirectUriProblem(uri, privateUseSchemes)
    if (problem !== undefined) throw wrong(`has "${uri.slice(0, longestName)}", which ${problem}`)
  }
  return [...new Set(uris)]
}

function textsIn(members: Members): RegistrationTexts {
  const contacts = textsOf(members, 'contacts', mostContacts)
  return {
    ...Object.assign(
      {},
      ...Object.entries(pages).map(([name, member]) => named(name, pageIn(members, member))),
    ),
    ...named('contacts', contacts),
    ...named('softwareId', textIn(members, 'software_id')),
    ...named('softwareVersion', textIn(members, 'software_version')),
  } as RegistrationTexts
}

/** Returns the URL of a page or an image. Only the browsers of users open it. */
function pageIn(members: Members, member: string): string | undefined {
  const url = textIn(members, member, longestUri)
  if (url === undefined) return undefined
  if (/^https?:$/.test(parsedUrl(url)?.protocol ?? '')) return url
  throw refused(member, 'must be an http or https URL')
}

function textIn(members: Members, member: string, longest = longestText): string | undefined {
  const text = members.get(member)
  if (text === undefined || text === '') return undefined
  if (typeof text !== 'string') throw refused(member, 'must be a string')
  if (text.length > longest) throw refused(member, `is longer than ${longest} characters`)
  if (!isStorableText(text) || misleading.test(text))
    throw refused(member, 'has control characters, or is not well-formed Unicode')
  if (invisible.test(text)) throw refused(member, 'has no visible character')
  return text
}

function textsOf(members: Members, member: string, most: number): string[] | undefined {
  const texts = members.get(member)
  if (texts === undefined) return undefined
  if (!Array.isArray(texts)) throw refused(member, 'must be an array of strings')
  if (texts.length > most) throw refused(member, `has more than ${most} values`)
  return texts.map((text: unknown) => {
    if (typeof text !== 'string') throw refused(member, 'must be an array of strings')
    return textIn(new Map([[member, text]]), member) ?? ''
  })
}

function flagIn(members: Members, member: string): boolean | undefined {
  const flag = members.get(member)
  if (flag === undefined || typeof flag === 'boolean') return flag
  throw refused(member, 'must be true or false')
}

function assertScope(scope: unknown): void {
  if (scope === undefined || (typeof scope === 'string' && parseScope(scope) !== undefined)) return
  throw refused('scope', 'must be scopes with one space between them (RFC 6749 3.3)')
}

function refused(member: string, says: string): InvalidClientMetadataError {
  return new InvalidClientMetadataError(`"${member}" ${says}`)
}

/** Returns an object with the property, or an empty one if the value is undefined. */
function named<K extends string, V>(name: K, value: V | undefined): { [N in K]?: V } {
  return (value === undefined ? {} : { [name]: value }) as { [N in K]?: V }
}

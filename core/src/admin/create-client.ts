import { withCode } from '../errors/error-code'
import { OptionError, optionError } from '../errors/option-error'
import { isObject } from '../values/is-object'
import { assertClientGrantTypes } from '../grants'
import { assertKnown, readOptions } from '../options/read-options'
import { accessTokenFormatRule } from '../options/resources-rule'
import type { Rule, Rules } from '../options/rules'
import { randomHex } from '../crypto/random'
import { hashClientSecret } from '../crypto/client-secret'
import type { Passwords } from '../crypto/password'
import { authMethodsOf, confidentialMethods } from '../protocol/client-authentication'
import { redirectUriProblem } from '../protocol/redirect-uri'
import { resourceProblem } from '../protocol/resource'
import { parseScope } from '../protocol/scope'
import type { AuthMethod, Client, ClientInfo, Store } from '../contract/store'
import { assertId, isStorableText } from '../contract/ids'
import { assertMethods } from '../contract/needs-store'
import { newVersion } from '../storage/version'
import { assertKeys, keysOf } from './client-keys'
import {
  type PasswordOptions,
  type RedirectUriOptions,
  passwordDefaults,
  passwordRules,
  redirectUriRules,
} from './admin-options'
import { assertMetadata } from './metadata'

/** A client to register. Lifetimes are in seconds. */
export interface NewClient extends Partial<
  Omit<ClientInfo, 'previousSecretExpiresAt' | 'registration'>
> {
  /**
   * A chosen secret of at least 8 characters. It is hashed slowly, like a password. Undefined means
   * a secret of 256 random bits.
   */
  secret?: string
}

/** A registered client and its secret. */
export interface CreatedClient {
  client: Client
  /**
   * Available only here, because the store keeps only the hash. `null` for a public client, and for
   * one with keys.
   */
  secret: string | null
}

const properties: Record<keyof NewClient, true> = {
  id: true,
  secret: true,
  type: true,
  authMethod: true,
  jwks: true,
  jwksUri: true,
  redirectUris: true,
  grantTypes: true,
  scopes: true,
  name: true,
  userId: true,
  accessTokenLifetime: true,
  refreshTokenLifetime: true,
  resources: true,
  introspectsAll: true,
  allowedResources: true,
  requirePkce: true,
  refreshTokenRotation: true,
  accessTokenFormat: true,
  dpopBoundAccessTokens: true,
  requirePushedAuthorizationRequests: true,
  metadata: true,
}

/** The names of the properties that a client can be registered with. */
export const clientProperties: readonly string[] = Object.keys(properties)
const createRules: Rules<PasswordOptions & RedirectUriOptions> = {
  ...passwordRules,
  ...redirectUriRules,
}
const secretBytes = 32
const idBytes = 16

/**
 * Registers a client. By default, it is confidential, sends its secret in the Basic header or in the
 * body, uses authorization codes and refresh tokens, and has no scope. Throws an OptionError if a property is wrong, and an
 * Error if the id already exists.
 */
export async function createClient(
  store: Pick<Store, 'createClient'>,
  newClient: NewClient,
  options: PasswordOptions & RedirectUriOptions = {},
): Promise<CreatedClient> {
  assertMethods(store, ['createClient'], 'createClient()')
  const { passwords, privateUseSchemes } = readOptions(options, createRules, {
    defaults: { ...passwordDefaults, privateUseSchemes: [] },
    of: 'createClient()',
  })
  const client = clientOf(newClient, privateUseSchemes, 'createClient()')
  const chosen = newClient.secret
  assertSecret(client, chosen)
  const { secret, secretHash } = await newSecret(client, chosen, passwords)
  const created = { ...client, secretHash }
  if (!(await store.createClient(created)))
    throw withCode(
      'OAUTH2_KIT_EXISTS',
      new Error(`A client with the id "${client.id}" already exists: choose another id`),
    )
  return { client: created, secret }
}

/**
 * Returns the record of a client to register, with the defaults and without the hash of its secret.
 * Throws an OptionError if a property is wrong. `of` is the function that the error names.
 */
export function clientOf(
  newClient: NewClient,
  privateUseSchemes: readonly string[],
  of: string,
): Client {
  assertLists(newClient, ['scopes'], of)
  for (const name of Object.keys(newClient)) assertKnown(name, clientProperties, of)
  const { secret: _, ...rest } = newClient
  const { type = 'confidential' } = newClient
  const client: Client = {
    ...rest,
    id: newClient.id ?? randomHex(idBytes),
    version: newVersion(),
    secretHash: null,
    type,
    ...authMethodOf(type, newClient.authMethod),
    ...keysOf(newClient),
    redirectUris: [...(newClient.redirectUris ?? [])],
    grantTypes: [...(newClient.grantTypes ?? ['authorization_code', 'refresh_token'])],
    scopes: newClient.scopes === null ? null : [...(newClient.scopes ?? [])],
    ...copiesOf(newClient, ['resources', 'allowedResources']),
  }
  assertClient(client, privateUseSchemes)
  return client
}

/**
 * Resolves with the chosen or a random secret and its hash. Both are `null` for a client that has no
 * secret.
 */
export async function newSecret(
  client: Client,
  chosen: string | undefined,
  passwords: Passwords,
): Promise<{ secret: string | null; secretHash: string | null }> {
  if (!needsSecret(client)) return { secret: null, secretHash: null }
  const secret = chosen ?? randomHex(secretBytes)
  return { secret, secretHash: await hashClientSecret(secret, chosen !== undefined, passwords) }
}

const flags = [
  'introspectsAll',
  'requirePkce',
  'refreshTokenRotation',
  'dpopBoundAccessTokens',
  'requirePushedAuthorizationRequests',
] as const
const lists = ['redirectUris', 'grantTypes', 'scopes', 'resources', 'allowedResources'] as const

/**
 * Throws an OptionError if a property that must be a list of text is not one. `nullable` are the
 * properties that may be `null`.
 */
export function assertLists(client: unknown, nullable: readonly string[], of: string): void {
  if (!isObject(client))
    throw new OptionError('options', `${of} takes an object with the properties of a client`)
  for (const name of lists) {
    const list = client[name]
    if (list === undefined || (list === null && nullable.includes(name))) continue
    // Array.from() also visits the holes of a list.
    if (!Array.isArray(list) || !Array.from(list).every((one) => typeof one === 'string'))
      throw optionError(name, 'must be an array of strings')
  }
}

/** The rule for a chosen secret. */
export const secretRule: Rule = [
  (value) => typeof value === 'string' && value.length >= 8,
  'must have at least 8 characters',
]

/** Throws an OptionError if the chosen secret of a client is wrong. */
export function assertSecret(client: Client, secret: unknown): void {
  if (secret === undefined) return
  if (!needsSecret(client))
    throw optionError('secret', `cannot be set for ${kindWithoutSecret(client)}: leave it out`)
  const [holds, rule] = secretRule
  if (!holds(secret)) throw optionError('secret', rule)
}

/** Returns whether a client authenticates by a secret. */
export function needsSecret({ type, authMethod }: Client): boolean {
  return type === 'confidential' && authMethod !== 'private_key_jwt'
}

/** Returns a client whose secrets no longer exist. */
export function withoutSecrets(client: Client): Client {
  const { previousSecretHash: _, previousSecretExpiresAt: __, ...rest } = client
  return { ...rest, secretHash: null }
}

/** Describes a client that has no secret. */
export function kindWithoutSecret({ type }: Client): string {
  return type === 'public' ? 'a public client' : 'a client with private_key_jwt'
}

/** Returns copies of the lists that are set. */
function copiesOf(
  client: NewClient,
  names: readonly ('resources' | 'allowedResources')[],
): Partial<Client> {
  return Object.fromEntries(
    names.filter((name) => client[name]).map((name) => [name, [...client[name]!]]),
  )
}

function authMethodOf(type: Client['type'], method: AuthMethod | undefined): Partial<Client> {
  if (method !== undefined) return { authMethod: method }
  return type === 'public' ? { authMethod: 'none' } : {}
}

/** Throws an OptionError if a store cannot keep the name. The name may be undefined. */
function assertName(name: unknown): void {
  if (name === undefined) return
  if (typeof name !== 'string' || !isStorableText(name))
    throw optionError('name', 'must be text, well-formed Unicode without NUL')
}

/** Throws an OptionError if the format of the client's access tokens is wrong. */
function assertFormat({ accessTokenFormat, accessTokenLifetime }: Client): void {
  if (accessTokenFormat === undefined) return
  const [isAllowed, says] = accessTokenFormatRule
  if (!isAllowed(accessTokenFormat)) throw optionError('accessTokenFormat', says)
  // RFC 9068 2.2: "exp" is required.
  if (accessTokenFormat === 'jwt' && accessTokenLifetime === null)
    throw optionError(
      'accessTokenLifetime',
      "must be seconds if accessTokenFormat is 'jwt' (RFC 9068 2.2): others cannot revoke the token",
    )
}

/** Throws an OptionError if a property of the client is wrong. */
export function assertClient(
  client: Client,
  privateUseSchemes: readonly string[] = [],
  /** Redirect URIs that are registered already. */
  registered: readonly string[] = [],
): void {
  const { id, type, authMethod, redirectUris, scopes } = client
  assertId(id, 'id')
  if (client.userId !== undefined) assertId(client.userId, 'userId')
  // A client that does not encode its Basic header would send these characters in altered form.
  if (!/^[\x21-\x7e]+$/.test(id) || /[%+]/.test(id))
    throw optionError('id', 'must be printable ASCII without % and +')
  // RFC 7617 2: the first colon ends the id in a Basic header.
  if (authMethodsOf(client).includes('client_secret_basic') && id.includes(':'))
    throw optionError(
      'id',
      'of a client that may use client_secret_basic must not contain a colon: set another "authMethod"',
    )
  if (type !== 'confidential' && type !== 'public')
    throw optionError('type', "must be 'confidential' or 'public'")
  const methods: readonly AuthMethod[] = type === 'public' ? ['none'] : confidentialMethods
  if (authMethod !== undefined && !methods.includes(authMethod)) {
    throw optionError('authMethod', `of a ${type} client must be ${methods.join(' or ')}`)
  }
  assertKeys(client)
  assertName(client.name)
  assertMetadata(client.metadata)
  assertClientGrantTypes(client)
  for (const uri of redirectUris.filter((one) => !registered.includes(one))) {
    const problem = redirectUriProblem(uri, privateUseSchemes)
    if (problem) throw optionError('redirectUris', `has "${uri}", which ${problem}`)
  }
  for (const name of ['resources', 'allowedResources'] as const) {
    for (const uri of client[name] ?? []) {
      const problem = resourceProblem(uri)
      if (problem) throw optionError(name, `has "${uri}", which ${problem} (RFC 8707 2)`)
    }
  }
  for (const name of flags) {
    if (client[name] !== undefined && typeof client[name] !== 'boolean')
      throw optionError(name, 'must be true or false')
  }
  if (type === 'public' && client.requirePkce === false)
    throw optionError('requirePkce', 'of a public client must be true (RFC 9700 2.1.1)')
  if (type === 'public' && client.refreshTokenRotation === false)
    throw optionError('refreshTokenRotation', 'of a public client must be true (RFC 9700 2.2.2)')
  if (type === 'public' && (client.introspectsAll || client.resources?.length))
    throw optionError(
      'resources',
      'and "introspectsAll" are for confidential clients: leave them out for a public client',
    )
  for (const name of ['accessTokenLifetime', 'refreshTokenLifetime'] as const) {
    const lifetime = client[name] ?? 0
    if (!Number.isFinite(lifetime) || lifetime < 0)
      throw optionError(name, `must be seconds, or null for "never expires"`)
  }
  assertFormat(client)
  for (const scope of scopes ?? []) {
    if (typeof scope !== 'string' || parseScope(scope)?.length !== 1)
      throw optionError('scopes', `has "${scope}", which is not a valid scope (RFC 6749 3.3)`)
  }
}

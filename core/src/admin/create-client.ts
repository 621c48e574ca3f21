import { withCode } from '../errors/error-code'
import { optionError } from '../errors/option-error'
import { assertClientGrantTypes } from '../grants'
import { assertKnown, readOptions } from '../options/read-options'
import type { Rule } from '../options/rules'
import { randomHex } from '../crypto/random'
import { hashClientSecret } from '../crypto/client-secret'
import type { Passwords } from '../crypto/password'
import { redirectUriProblem } from '../protocol/redirect-uri'
import { resourceProblem } from '../protocol/resource'
import { parseScope } from '../protocol/scope'
import type { Client, Store } from '../contract/store'
import { assertId, isStorableText } from '../contract/ids'
import { newVersion } from '../storage/version'
import { type PasswordOptions, passwordDefaults, passwordRules } from './admin-options'
import { assertMetadata } from './metadata'

/** A client to register. Lifetimes are in seconds. */
export interface NewClient extends Partial<Omit<Client, 'secretHash' | 'version'>> {
  /**
   * A chosen secret of at least 8 characters. It is hashed slowly, like a password. Undefined means
   * a secret of 256 random bits.
   */
  secret?: string
}

/** A registered client and its secret. */
export interface CreatedClient {
  client: Client
  /** Available only here, because the store keeps only the hash. `null` for a public client. */
  secret: string | null
}

const properties: Record<keyof NewClient, true> = {
  id: true,
  secret: true,
  type: true,
  authMethod: true,
  redirectUris: true,
  grantTypes: true,
  scopes: true,
  name: true,
  userId: true,
  accessTokenLifetime: true,
  refreshTokenLifetime: true,
  resources: true,
  introspectsAll: true,
  metadata: true,
}

/** The names of the properties that a client can be registered with. */
export const clientProperties: readonly string[] = Object.keys(properties)
const secretBytes = 32
const idBytes = 16

/**
 * Registers a client. By default, it is confidential, uses Basic authentication, authorization
 * codes and refresh tokens, and has no scope. Throws an OptionError if a property is wrong, and an
 * Error if the id already exists.
 */
export async function createClient(
  store: Pick<Store, 'createClient'>,
  newClient: NewClient,
  options: PasswordOptions = {},
): Promise<CreatedClient> {
  const { passwords } = readOptions(options, passwordRules, {
    defaults: passwordDefaults,
    of: 'createClient()',
  })
  for (const name of Object.keys(newClient)) assertKnown(name, clientProperties, 'createClient()')
  assertLists(newClient)
  const { secret: chosen, ...rest } = newClient
  const type = newClient.type ?? 'confidential'
  const client: Client = {
    ...rest,
    id: newClient.id ?? randomHex(idBytes),
    version: newVersion(),
    secretHash: null,
    type,
    authMethod: newClient.authMethod ?? (type === 'public' ? 'none' : 'client_secret_basic'),
    redirectUris: [...(newClient.redirectUris ?? [])],
    grantTypes: [...(newClient.grantTypes ?? ['authorization_code', 'refresh_token'])],
    scopes: newClient.scopes === null ? null : [...(newClient.scopes ?? [])],
    ...(newClient.resources && { resources: [...newClient.resources] }),
  }
  assertClient(client)
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
 * Resolves with the chosen or a random secret and its hash. Both are `null` for a public client.
 */
export async function newSecret(
  { type }: Client,
  chosen: string | undefined,
  passwords: Passwords,
): Promise<{ secret: string | null; secretHash: string | null }> {
  if (type === 'public') return { secret: null, secretHash: null }
  const secret = chosen ?? randomHex(secretBytes)
  return { secret, secretHash: await hashClientSecret(secret, chosen !== undefined, passwords) }
}

/** Throws an OptionError if a property that must be an array is not one. */
export function assertLists(client: Partial<Client>): void {
  for (const name of ['redirectUris', 'grantTypes', 'scopes', 'resources'] as const) {
    const list: unknown = client[name] ?? []
    if (!Array.isArray(list)) throw optionError(name, `must be an array of strings`)
  }
}

/** The rule for a chosen secret. */
export const secretRule: Rule = [
  (value) => typeof value === 'string' && value.length >= 8,
  'must have at least 8 characters',
]

/** Throws an OptionError if the chosen secret of a client is wrong. */
function assertSecret({ type }: Client, secret: unknown): void {
  if (secret === undefined) return
  if (type === 'public')
    throw optionError('secret', 'cannot be set for a public client: leave it out')
  const [holds, rule] = secretRule
  if (!holds(secret)) throw optionError('secret', rule)
}

/** Throws an OptionError if a store cannot keep the name. The name may be undefined. */
function assertName(name: unknown): void {
  if (name === undefined) return
  if (typeof name !== 'string' || !isStorableText(name))
    throw optionError('name', 'must be text, well-formed Unicode without NUL')
}

/** Throws an OptionError if a property of the client is wrong. */
export function assertClient(client: Client): void {
  const { id, type, authMethod, redirectUris, scopes } = client
  assertId(id, 'id')
  if (client.userId !== undefined) assertId(client.userId, 'userId')
  // A client that does not encode its Basic header would send these characters in altered form.
  if (!/^[\x21-\x7e]+$/.test(id) || /[%+]/.test(id))
    throw optionError('id', 'must be printable ASCII without % and +')
  // RFC 7617 2: the first colon ends the id in a Basic header.
  if (type === 'confidential' && id.includes(':'))
    throw optionError('id', 'of a confidential client must not contain a colon')
  if (type !== 'confidential' && type !== 'public')
    throw optionError('type', "must be 'confidential' or 'public'")
  const methods = type === 'public' ? ['none'] : ['client_secret_basic', 'client_secret_post']
  if (!methods.includes(authMethod)) {
    throw optionError('authMethod', `of a ${type} client must be ${methods.join(' or ')}`)
  }
  assertName(client.name)
  assertMetadata(client.metadata)
  assertClientGrantTypes(client)
  for (const uri of redirectUris) {
    const problem = redirectUriProblem(uri)
    if (problem) throw optionError('redirectUris', `has "${uri}", which ${problem}`)
  }
  for (const uri of client.resources ?? []) {
    const problem = resourceProblem(uri)
    if (problem) throw optionError('resources', `has "${uri}", which ${problem} (RFC 8707 2)`)
  }
  if (client.introspectsAll !== undefined && typeof client.introspectsAll !== 'boolean')
    throw optionError('introspectsAll', 'must be true or false')
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
  for (const scope of scopes ?? []) {
    if (typeof scope !== 'string' || parseScope(scope)?.length !== 1)
      throw optionError('scopes', `has "${scope}", which is not a valid scope (RFC 6749 3.3)`)
  }
}

import { withCode } from '../errors/error-code'
import { optionError } from '../errors/option-error'
import { assertClientGrantTypes } from '../grants'
import { assertKnown, readOptions } from '../options/read-options'
import type { Rule } from '../options/rules'
import { randomHex } from '../crypto/hash'
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
   * A secret of one's own choice, 8 characters at least, in place of 256 random bits. Hashed
   * slowly, as a password.
   */
  secret?: string
}

/** A client that was registered. */
export interface CreatedClient {
  client: Client
  /** Shown this once: the store has its hash. `null` for a public client. */
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

/** What a client can be registered with: every property of `NewClient`. */
export const clientProperties: readonly string[] = Object.keys(properties)
const secretBytes = 32
const idBytes = 16

/**
 * Registers a client: confidential, with Basic authentication, for authorization codes and refresh
 * tokens, without any scope, where nothing else is said. Throws a TypeError that names what is
 * wrong, and an Error if the id exists.
 */
export async function createClient(
  store: Pick<Store, 'createClient'>,
  given: NewClient,
  options: PasswordOptions = {},
): Promise<CreatedClient> {
  const { passwords } = readOptions(options, passwordRules, {
    defaults: passwordDefaults,
    of: 'createClient()',
  })
  for (const name of Object.keys(given)) assertKnown(name, clientProperties, 'createClient()')
  assertLists(given)
  const { secret: chosen, ...rest } = given
  const type = given.type ?? 'confidential'
  const client: Client = {
    ...rest,
    id: given.id ?? randomHex(idBytes),
    version: newVersion(),
    secretHash: null,
    type,
    authMethod: given.authMethod ?? (type === 'public' ? 'none' : 'client_secret_basic'),
    redirectUris: [...(given.redirectUris ?? [])],
    grantTypes: [...(given.grantTypes ?? ['authorization_code', 'refresh_token'])],
    scopes: given.scopes === null ? null : [...(given.scopes ?? [])],
    ...(given.resources && { resources: [...given.resources] }),
  }
  assertClient(client)
  assertSecret(client, chosen)
  const { secret, secretHash } = await newSecret(client, chosen, passwords)
  const created = { ...client, secretHash }
  if (!(await store.createClient(created)))
    throw withCode('OAUTH2_KIT_EXISTS', new Error(`There is a client "${client.id}" already`))
  return { client: created, secret }
}

/** A secret, random where none was chosen, and its hash; none for a public client. */
export async function newSecret(
  { type }: Client,
  chosen: string | undefined,
  passwords: Passwords,
): Promise<{ secret: string | null; secretHash: string | null }> {
  if (type === 'public') return { secret: null, secretHash: null }
  const secret = chosen ?? randomHex(secretBytes)
  return { secret, secretHash: await hashClientSecret(secret, chosen !== undefined, passwords) }
}

/** Throws a TypeError for a list that is none. */
export function assertLists(given: Partial<Client>): void {
  for (const name of ['redirectUris', 'grantTypes', 'scopes', 'resources'] as const) {
    const list: unknown = given[name] ?? []
    if (!Array.isArray(list)) throw optionError(name, `must be an array of strings`)
  }
}

/** What a chosen secret must be. */
export const secretRule: Rule = [
  (value) => typeof value === 'string' && value.length >= 8,
  'must have 8 characters at least',
]

/** Throws a TypeError that says what is wrong with a secret chosen for a client. */
function assertSecret({ type }: Client, secret: unknown): void {
  if (secret === undefined) return
  if (type === 'public')
    throw optionError('secret', 'is nothing that a public client can keep: leave it out')
  const [holds, rule] = secretRule
  if (!holds(secret)) throw optionError('secret', rule)
}

/** Throws a TypeError for a name that a store can't keep; none is fine. */
function assertName(name: unknown): void {
  if (name === undefined) return
  if (typeof name !== 'string' || !isStorableText(name))
    throw optionError('name', 'must be text, well-formed Unicode without NUL')
}

/** Throws a TypeError that names what is wrong with a client. */
export function assertClient(client: Client): void {
  const { id, type, authMethod, redirectUris, scopes } = client
  assertId(id, 'id')
  if (client.userId !== undefined) assertId(client.userId, 'userId')
  // What is left out here would reach us changed from a client that does not encode its Basic
  // header.
  if (!/^[\x21-\x7e]+$/.test(id) || /[%+]/.test(id))
    throw optionError('id', 'must be printable ASCII without % and +')
  // RFC 7617 2: the first colon ends the id in a Basic header.
  if (type === 'confidential' && id.includes(':'))
    throw optionError('id', 'of a confidential client must have no colon')
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
      'and "introspectsAll" are for confidential clients: a public one can\'t introspect',
    )
  for (const name of ['accessTokenLifetime', 'refreshTokenLifetime'] as const) {
    const lifetime = client[name] ?? 0
    if (!Number.isFinite(lifetime) || lifetime < 0)
      throw optionError(name, `must be seconds, or null for "never expires"`)
  }
  for (const scope of scopes ?? []) {
    if (typeof scope !== 'string' || parseScope(scope)?.length !== 1)
      throw optionError('scopes', `has "${scope}", which is no scope (RFC 6749 3.3)`)
  }
}

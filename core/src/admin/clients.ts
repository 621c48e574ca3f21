import { withCode } from '../errors/error-code'
import { optionError } from '../errors/option-error'
import { assertKnown, readOptions } from '../options/read-options'
import { type Rules, seconds } from '../options/rules'
import type { AccessTokenFormat, AuthMethod, Client, JsonWebKeySet, Store } from '../contract/store'
import { assertId } from '../contract/ids'
import { assertMethods } from '../contract/needs-store'
import { exactClient } from '../storage/reading'
import { newVersion } from '../storage/version'
import {
  type AdminOptions,
  type ListOptions,
  type PasswordOptions,
  type RedirectUriOptions,
  adminRules,
  passwordDefaults,
  passwordRules,
  redirectUriRules,
} from './admin-options'
import { assertKeyChanges, keysOf } from './client-keys'
import {
  type CreatedClient,
  assertClient,
  assertLists,
  clientProperties,
  needsSecret,
  newSecret,
  secretRule,
  withoutSecrets,
} from './create-client'
import { pagesOf } from './pages-of'
import { revokeGrants } from './revoke-grants'
import { untilKept } from './until-kept'

/** The changes for `updateClient`. Undefined means no change. Lifetimes are in seconds. */
export interface ClientChanges extends Partial<
  Pick<Client, 'redirectUris' | 'grantTypes' | 'scopes' | 'resources' | 'introspectsAll'>
> {
  /** `null` removes it, so that a confidential client may use the Basic header or the body. */
  authMethod?: AuthMethod | null
  /** `null` removes it. */
  jwks?: JsonWebKeySet | null
  /** `null` removes it. */
  jwksUri?: string | null
  /** `null` removes it: the client may then request tokens for all resources of the server. */
  allowedResources?: string[] | null
  /** `null` removes it: the client then has the server's default. */
  requirePkce?: boolean | null
  /** `null` removes it: a refresh then replaces the refresh token. */
  refreshTokenRotation?: boolean | null
  /** `null` removes it: the client then has the format of the resource or the server. */
  accessTokenFormat?: AccessTokenFormat | null
  /** `null` removes it: the client may then send token requests without a DPoP proof. */
  dpopBoundAccessTokens?: boolean | null
  /** `null` removes it: the client may then send authorization requests without pushing them. */
  requirePushedAuthorizationRequests?: boolean | null
  /** `null` removes it. */
  name?: string | null
  /** `null` removes it. */
  userId?: string | null
  /** In seconds. `null` means never expires. `'default'` means the lifetime of the server. */
  accessTokenLifetime?: number | null | 'default'
  /** In seconds. `null` means never expires. `'default'` means the lifetime of the server. */
  refreshTokenLifetime?: number | null | 'default'
  /** Replaces all existing metadata. `null` removes it. */
  metadata?: Record<string, unknown> | null
}

const fixed = ['id', 'type', 'secret']
const changeable = clientProperties.filter((name) => !fixed.includes(name))

/** The values that remove an optional property. */
const removedBy: Readonly<Record<string, unknown>> = {
  __proto__: null,
  authMethod: null,
  jwks: null,
  jwksUri: null,
  allowedResources: null,
  requirePkce: null,
  refreshTokenRotation: null,
  accessTokenFormat: null,
  dpopBoundAccessTokens: null,
  requirePushedAuthorizationRequests: null,
  name: null,
  userId: null,
  metadata: null,
  accessTokenLifetime: 'default',
  refreshTokenLifetime: 'default',
}

/**
 * Resolves with the client, or with `null` if it does not exist. Throws an OptionError if the id is
 * not valid.
 */
export async function getClient(
  store: Pick<Store, 'getClient'>,
  id: string,
): Promise<Client | null> {
  assertMethods(store, ['getClient'], 'getClient()')
  assertId(id, 'id')
  return exactClient(id, await store.getClient(id))
}

/** Yields all clients in the order of their ids. Each query fetches `pageSize` clients. */
export async function* listClients(
  store: Pick<Store, 'listClients'>,
  options: ListOptions = {},
): AsyncGenerator<Client, void, undefined> {
  assertMethods(store, ['listClients'], 'listClients()')
  yield* pagesOf((page) => store.listClients(page), options, 'listClients()')
}

/**
 * Changes a client and resolves with the new state. Concurrent changes by others are kept. Existing
 * tokens do not change, but the next refresh drops the scopes that the client no longer has. Throws
 * an OptionError if a change is wrong, and an Error if the client is unknown.
 */
export async function updateClient(
  store: Pick<Store, 'getClient' | 'updateClient'>,
  id: string,
  changes: ClientChanges,
  options: RedirectUriOptions = {},
): Promise<Client> {
  assertMethods(store, ['getClient', 'updateClient'], 'updateClient()')
  const { privateUseSchemes } = readOptions(options, redirectUriRules, {
    defaults: { privateUseSchemes: [] },
    of: 'updateClient()',
  })
  assertLists(changes, ['scopes', 'allowedResources'], 'updateClient()')
  for (const name of Object.keys(changes)) {
    if (fixed.includes(name)) throw optionError(name, whyNot(name))
    assertKnown(name, changeable, 'updateClient()')
  }
  return changeClient(store, id, (before) => {
    assertKeyChanges(changes, before)
    const after: Record<string, unknown> = { ...before }
    for (const [name, value] of Object.entries(changes)) {
      if (value === undefined) continue
      if (name in removedBy && value === removedBy[name]) delete after[name]
      else after[name] = Array.isArray(value) ? [...value] : value
    }
    const client = { ...after, ...keysOf(after) } as unknown as Client
    // A URI stays allowed that was registered by earlier rules or with other options.
    assertClient(client, privateUseSchemes, before.redirectUris)
    return needsSecret(client) ? client : withoutSecrets(client)
  })
}

/**
 * Replaces the secret of a confidential client with a random or chosen one. The old secret stops
 * working at once, or after `keepPreviousFor` seconds. A secret from before the old one stops
 * working at once. Existing tokens stay valid. Throws a TypeError if the client has no secret, because it is
 * public or has keys, or if the secret is wrong, and an Error if the client is unknown.
 */
export async function rotateClientSecret(
  store: Pick<Store, 'getClient' | 'updateClient'>,
  id: string,
  options: RotateOptions = {},
): Promise<CreatedClient> {
  assertMethods(store, ['getClient', 'updateClient'], 'rotateClientSecret()')
  const {
    secret: chosen,
    passwords,
    keepPreviousFor,
  } = readOptions(options, rotateRules, {
    defaults: { ...passwordDefaults, keepPreviousFor: 0 },
    of: 'rotateClientSecret()',
  })
  const found = await existingClient(store, id)
  assertHasSecret(found)
  const { secret, secretHash } = await newSecret(found, chosen, passwords)
  const client = await changeClient(store, id, (before) => {
    // Checked again: the client could have been deleted and created as a public one.
    assertHasSecret(before)
    const { previousSecretHash: _, previousSecretExpiresAt: __, ...rest } = before
    return { ...rest, secretHash, ...previousSecret(before, keepPreviousFor) }
  })
  return { client, secret }
}

/** The options of `rotateClientSecret()`. */
interface RotateOptions extends PasswordOptions {
  /** A chosen secret of at least 8 characters. @default 256 random bits */
  secret?: string
  /** Seconds during which the previous secret stays valid too. @default 0 */
  keepPreviousFor?: number
}

const rotateRules: Rules<RotateOptions> = {
  ...passwordRules,
  secret: secretRule,
  keepPreviousFor: seconds,
}

function previousSecret({ secretHash }: Client, keepForSeconds: number): Partial<Client> {
  if (secretHash === null || keepForSeconds === 0) return {}
  return {
    previousSecretHash: secretHash,
    previousSecretExpiresAt: Date.now() + Math.floor(keepForSeconds * 1000),
  }
}

/**
 * Deletes a client and revokes its grants. Resolves with whether the client existed. If it did not,
 * any remaining grants are still revoked. Emits `grant.revoked` if the option `events` is set.
 */
export async function deleteClient(
  store: Pick<Store, 'getClient' | 'deleteClient' | 'revoke'>,
  id: string,
  options: AdminOptions = {},
): Promise<boolean> {
  assertMethods(store, ['getClient', 'deleteClient', 'revoke'], 'deleteClient()')
  readOptions(options, adminRules, { of: 'deleteClient()' })
  const existed = (await getClient(store, id)) !== null
  // Revoke the grants first, so that the event contains their number. deleteClient() then revokes
  // those that were issued since.
  await revokeGrants(store, { clientId: id }, options)
  await store.deleteClient(id)
  return existed
}

/** Applies the change to the current client, and again if another call changed it first. */
async function changeClient(
  store: Pick<Store, 'getClient' | 'updateClient'>,
  id: string,
  change: (before: Client) => Client,
): Promise<Client> {
  return untilKept(`client "${id}"`, async () => {
    const before = await existingClient(store, id)
    const after = { ...change(before), version: newVersion() }
    return (await store.updateClient(after, before.version)) ? after : null
  })
}

function assertHasSecret(client: Client): void {
  if (needsSecret(client)) return
  const { id, type } = client
  const reason =
    type === 'public'
      ? 'is public, so it has no secret to rotate'
      : 'has keys (private_key_jwt), and no secret to rotate: publish the next key at its "jwksUri", ' +
        'or pass updateClient() a "jwks" with both keys'
  throw withCode('OAUTH2_KIT_OPTION', new TypeError(`The client "${id}" ${reason}`))
}

async function existingClient(store: Pick<Store, 'getClient'>, id: string): Promise<Client> {
  const client = await getClient(store, id)
  if (!client) throw withCode('OAUTH2_KIT_NOT_FOUND', new Error(`There is no client "${id}"`))
  return client
}

function whyNot(name: string): string {
  if (name === 'secret') return 'cannot be changed here: call rotateClientSecret()'
  return 'of a client cannot be changed: create another client'
}

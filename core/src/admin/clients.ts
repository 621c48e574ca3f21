import { withCode } from '../errors/error-code'
import { optionError } from '../errors/option-error'
import { assertKnown, readOptions } from '../options/read-options'
import type { Rules } from '../options/rules'
import type { Client, Store } from '../contract/store'
import { assertId } from '../contract/ids'
import { newVersion } from '../storage/version'
import {
  type AdminOptions,
  type ListOptions,
  type PasswordOptions,
  adminRules,
  passwordDefaults,
  passwordRules,
} from './admin-options'
import {
  type CreatedClient,
  assertClient,
  assertLists,
  clientProperties,
  newSecret,
  secretRule,
} from './create-client'
import { pagesOf } from './pages-of'
import { revokeGrants } from './revoke-grants'
import { untilKept } from './until-kept'

/**
 * What `updateClient` changes; what is left out, or undefined, stays as it is. Lifetimes are in
 * seconds.
 */
export interface ClientChanges extends Partial<
  Pick<
    Client,
    'authMethod' | 'redirectUris' | 'grantTypes' | 'scopes' | 'resources' | 'introspectsAll'
  >
> {
  /** `null` takes it away. */
  name?: string | null
  /** `null` takes it away. */
  userId?: string | null
  /** `null` = never expires; `'default'` = the server's. */
  accessTokenLifetime?: number | null | 'default'
  /** `null` = never expires; `'default'` = the server's. */
  refreshTokenLifetime?: number | null | 'default'
  /** Takes the place of all that was there; `null` takes it away. */
  metadata?: Record<string, unknown> | null
}

const fixed = ['id', 'type', 'secret']
const changeable = clientProperties.filter((name) => !fixed.includes(name))

/** What takes an optional property away, so that there is none. */
const takesAway: Readonly<Record<string, unknown>> = {
  __proto__: null,
  name: null,
  userId: null,
  metadata: null,
  accessTokenLifetime: 'default',
  refreshTokenLifetime: 'default',
}

/** The client of that id, or `null`. Throws a TypeError for an id that no store could keep. */
export async function getClient(
  store: Pick<Store, 'getClient'>,
  id: string,
): Promise<Client | null> {
  assertId(id, 'id')
  const client = await store.getClient(id)
  // Some databases compare without regard to case or trailing spaces.
  if (client && client.id !== id)
    throw withCode('OAUTH2_KIT_STORE', new Error("The store's getClient gave another client"))
  return client
}

/** All clients in the order of their ids, fetched `pageSize` at a time. */
export async function* listClients(
  store: Pick<Store, 'listClients'>,
  options: ListOptions = {},
): AsyncGenerator<Client, void, undefined> {
  yield* pagesOf((page) => store.listClients(page), options, 'listClients()')
}

/**
 * Changes a client and returns it as it is now. Changes by others at the same time are kept. Its tokens
 * stay as they are; with the next refresh go the scopes that it may no longer have. Throws a TypeError
 * that names what is wrong, and an Error for an unknown client.
 */
export async function updateClient(
  store: Pick<Store, 'getClient' | 'updateClient'>,
  id: string,
  changes: ClientChanges,
): Promise<Client> {
  for (const name of Object.keys(changes)) {
    if (fixed.includes(name)) throw optionError(name, whyNot(name))
    assertKnown(name, changeable, 'updateClient()')
  }
  assertLists(changes as Partial<Client>)
  return changeClient(store, id, (before) => {
    const after: Record<string, unknown> = { ...before }
    for (const [name, value] of Object.entries(changes)) {
      if (value === undefined) continue
      if (name in takesAway && value === takesAway[name]) delete after[name]
      else after[name] = Array.isArray(value) ? [...value] : value
    }
    const client = after as unknown as Client
    assertClient(client)
    return client
  })
}

/**
 * Gives a confidential client a new secret, random or chosen; from then on the old one is wrong.
 * Its tokens stay as they are. Throws a TypeError for a public client or a bad secret, and an Error
 * for an unknown client.
 */
export async function rotateClientSecret(
  store: Pick<Store, 'getClient' | 'updateClient'>,
  id: string,
  options: RotateOptions = {},
): Promise<CreatedClient> {
  const { secret: chosen, passwords } = readOptions(options, rotateRules, {
    defaults: passwordDefaults,
    of: 'rotateClientSecret()',
  })
  const found = await existingClient(store, id)
  assertConfidential(found)
  const { secret, secretHash } = await newSecret(found, chosen, passwords)
  const client = await changeClient(store, id, (before) => {
    // Deleted since then, and created anew.
    assertConfidential(before)
    return { ...before, secretHash }
  })
  return { client, secret }
}

/** Options of `rotateClientSecret()`. */
interface RotateOptions extends PasswordOptions {
  /** A secret of one's own choice, 8 characters at least. @default 256 random bits */
  secret?: string
}

const rotateRules: Rules<RotateOptions> = { ...passwordRules, secret: secretRule }

/**
 * Deletes a client and revokes its grants. Gives whether there was one; where there was none, what
 * might be left of its grants is revoked all the same. With the server's `events` it is told there.
 */
export async function deleteClient(
  store: Pick<Store, 'getClient' | 'deleteClient' | 'revoke'>,
  id: string,
  options: AdminOptions = {},
): Promise<boolean> {
  readOptions(options, adminRules, { of: 'deleteClient()' })
  const existed = (await getClient(store, id)) !== null
  // Its own, for their number; what is issued meanwhile is revoked with the client.
  await revokeGrants(store, { clientId: id }, options)
  await store.deleteClient(id)
  return existed
}

/** Changes a client as it is, and again if others have changed it since then. */
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

function assertConfidential({ id, type }: Client): void {
  if (type === 'public')
    throw withCode(
      'OAUTH2_KIT_OPTION',
      new TypeError(`The client "${id}" is public, so it has no secret to rotate`),
    )
}

async function existingClient(store: Pick<Store, 'getClient'>, id: string): Promise<Client> {
  const client = await getClient(store, id)
  if (!client) throw withCode('OAUTH2_KIT_NOT_FOUND', new Error(`There is no client "${id}"`))
  return client
}

function whyNot(name: string): string {
  if (name === 'secret') return 'is changed by rotateClientSecret()'
  return 'of a client stays as it is: create another client'
}

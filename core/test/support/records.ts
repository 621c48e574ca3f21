import { randomUUID } from 'node:crypto'
import type { Client, Grant, Selector, Store, User } from '@oauth2-kit/core'

/** Saves a client as it is. Replaces a client with the same id. */
export async function putClient(
  store: Pick<Store, 'getClient' | 'createClient' | 'updateClient'>,
  record: Omit<Client, 'version'>,
): Promise<Client> {
  const client = { ...record, version: randomUUID() }
  const before = await store.getClient(client.id)
  const isSaved = before
    ? await store.updateClient(client, before.version)
    : await store.createClient(client)
  if (!isSaved) throw new Error(`The client ${client.id} was not saved`)
  return client
}

/** Saves a new user. */
export async function putUser(
  store: Required<Pick<Store, 'createUser'>>,
  record: Omit<User, 'version'>,
): Promise<User> {
  const user = { ...record, version: randomUUID() }
  if (!(await store.createUser(user))) throw new Error(`The user ${user.id} was not saved`)
  return user
}

/** The first grants that match a selector. */
export async function grantsOf(
  store: Pick<Store, 'listGrants'>,
  selector: Selector,
): Promise<Grant[]> {
  return (await store.listGrants(selector, { limit: 9 })).grants
}

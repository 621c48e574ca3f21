import { randomUUID } from 'node:crypto'
import type { Client, Grant, Selector, Store, User } from '@oauth2-kit/core'

/** Keeps a client as it is given, whether or not there was one of that id. */
export async function putClient(
  store: Pick<Store, 'getClient' | 'createClient' | 'updateClient'>,
  given: Omit<Client, 'version'>,
): Promise<Client> {
  const client = { ...given, version: randomUUID() }
  const before = await store.getClient(client.id)
  const isKept = before
    ? await store.updateClient(client, before.version)
    : await store.createClient(client)
  if (!isKept) throw new Error(`The client ${client.id} was not kept`)
  return client
}

/** Keeps a new user. */
export async function putUser(
  store: Required<Pick<Store, 'createUser'>>,
  given: Omit<User, 'version'>,
): Promise<User> {
  const user = { ...given, version: randomUUID() }
  if (!(await store.createUser(user))) throw new Error(`The user ${user.id} was not kept`)
  return user
}

/** The first grants of a selector. */
export async function grantsOf(
  store: Pick<Store, 'listGrants'>,
  selector: Selector,
): Promise<Grant[]> {
  return (await store.listGrants(selector, { limit: 9 })).grants
}

// Checked by the compiler and never run: administration and the purge.

import {
  type Client,
  type CreatedClient,
  type ImportReport,
  type ImportStore,
  type ImportedGrant,
  type Purging,
  type Selector,
  type Store,
  type User,
  assertStore,
  createUser,
  deleteClient,
  getClient,
  importGrants,
  listClients,
  purge,
  revokeGrants,
  rotateClientSecret,
  setPassword,
  startPurge,
  updateClient,
} from '@oauth2-kit/core'
import oauthserver from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'

const store = memoryStore()
const { events } = oauthserver({ model: store, grants: [] })

export async function administration(id: string): Promise<void> {
  const found: Client | null = await getClient(store, id)
  for await (const { name } of listClients(store, { pageSize: 10 })) found?.scopes?.push(name ?? '')
  const updated: Client = await updateClient(store, id, {
    name: null,
    accessTokenLifetime: 'default',
    scopes: null,
  })
  // @ts-expect-error -- rotateClientSecret() changes a secret
  await updateClient(store, id, { secret: 'another one' })
  // @ts-expect-error -- an id cannot be changed
  await updateClient(store, id, { id: updated.id })
  const rotated: CreatedClient = await rotateClientSecret(store, id)
  const gone: boolean = await deleteClient(store, rotated.client.id, { events })
  const user: User = await createUser(store, { username: 'ada', password: 'a long password' })
  // @ts-expect-error -- the kit computes the hash
  await createUser(store, { username: 'ada', passwordHash: 'x' })
  await setPassword(store, user.username, gone ? 'another password' : 'a third password')
  const revoked: number = await revokeGrants(store, { userId: user.id }, { events })
  // @ts-expect-error -- not a selector
  await revokeGrants(store, { grants: revoked })
}

export async function importing(
  store: ImportStore,
  rows: AsyncIterable<ImportedGrant>,
): Promise<ImportReport> {
  const options = {
    dryRun: true,
    onProgress: ({ failed }: ImportReport) => events.emit('store.failed', { error: failed }),
  }
  await importGrants(store, [{ kind: 'client', id: 'album', secret: 'a chosen secret' }], options)
  // A column may be NULL.
  await importGrants(store, [{ kind: 'grant', clientId: 'album', createdAt: null, metadata: null }])
  // @ts-expect-error -- a time is a Date or text
  await importGrants(store, [{ kind: 'grant', clientId: 'album', createdAt: 1_800_000_000 }])
  // @ts-expect-error -- unknown kind
  await importGrants(store, [{ kind: 'token' }])
  return importGrants(store, rows)
}

export async function purging(options: Selector): Promise<void> {
  const deleted: number = await purge(store, { batch: 10, retentionSeconds: 60, now: Date.now })
  const sweeper: Purging = startPurge(store, {
    everySeconds: deleted,
    jitter: 0.5,
    onError: (error) => events.emit('store.failed', { error }),
  })
  await sweeper.stop()
  // @ts-expect-error -- jitter is an option of startPurge() only
  await purge(store, { jitter: 0.5 })
  // @ts-expect-error -- a selector is not a store
  startPurge(options)
}

export function narrowed(value: unknown): Store {
  assertStore(value, 'The export')
  return value
}

import type { Client, ClientInfo } from '../contract/store'
import type { StorageClient } from './storage'

/** Requires every member, so that a forgotten one does not compile. */
type Shown = Record<keyof ClientInfo, unknown>

const records = new WeakMap<StorageClient, Client>()

/**
 * Returns a client of the store without its secret, for the endpoints and the application.
 * Properties that a store adds are left out, because the application's pages see this object.
 */
export function storageClient(client: Client): StorageClient {
  const shown: Shown = {
    id: client.id,
    type: client.type,
    authMethod: client.authMethod,
    redirectUris: client.redirectUris,
    grantTypes: client.grantTypes,
    scopes: client.scopes,
    name: client.name,
    userId: client.userId,
    accessTokenLifetime: client.accessTokenLifetime,
    refreshTokenLifetime: client.refreshTokenLifetime,
    resources: client.resources,
    introspectsAll: client.introspectsAll,
    allowedResources: client.allowedResources,
    requirePkce: client.requirePkce,
    refreshTokenRotation: client.refreshTokenRotation,
    previousSecretExpiresAt: client.previousSecretExpiresAt,
    metadata: client.metadata,
  }
  const result = shown as unknown as StorageClient
  records.set(result, client)
  return result
}

/** Returns the stored record of a client, or undefined if the client is not kept in the store. */
export function clientRecordOf(client: StorageClient): Client | undefined {
  return records.get(client)
}

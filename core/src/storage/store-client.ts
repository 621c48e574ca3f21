import type { Client, ClientInfo } from '../contract/store'
import type { StorageClient } from './storage'
import { withoutTokenHash } from './without-secret'

/** Requires every member, so that a forgotten one does not compile. */
type Shown = Record<keyof ClientInfo, unknown>

/**
 * Resolves with whether the secret that was presented in a request is right for a later state of the
 * client.
 */
export type SecretProof = (present: Client) => Promise<boolean>

/** Where a client of a request comes from. */
interface Source {
  /** For a request with a secret. Without one, a change of the secret does not concern the request. */
  proof?: SecretProof
  /** Whether the client was not read for this request (see `rememberedClients`). */
  isRemembered?: boolean
}

const records = new WeakMap<StorageClient, Source & { client: Client }>()

/**
 * Returns a client of the store without its secret, for the endpoints and the application.
 * Properties that a store adds are left out, because the application's pages see this object.
 */
export function storageClient(client: Client, source: Source = {}): StorageClient {
  const result = shownClient(client)
  records.set(result, { ...source, client })
  return result
}

/** Returns a client in the same way that no store keeps, so that it has no record. */
export function shownClient(client: Client): StorageClient {
  const shown: Shown = {
    id: client.id,
    type: client.type,
    authMethod: client.authMethod,
    jwks: client.jwks,
    jwksUri: client.jwksUri,
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
    accessTokenFormat: client.accessTokenFormat,
    dpopBoundAccessTokens: client.dpopBoundAccessTokens,
    requirePushedAuthorizationRequests: client.requirePushedAuthorizationRequests,
    registration: client.registration && withoutTokenHash(client.registration),
    previousSecretExpiresAt: client.previousSecretExpiresAt,
    metadata: client.metadata,
  }
  return shown as unknown as StorageClient
}

/** Returns the stored record of a client, or undefined if the client is not kept in the store. */
export function clientRecordOf(client: StorageClient): Client | undefined {
  return records.get(client)?.client
}

/**
 * Resolves with whether a request of this client that presented a secret would be authenticated by
 * the present record too.
 */
export async function isStillAuthentic(client: StorageClient, present: Client): Promise<boolean> {
  const record = records.get(client)
  return record !== undefined && (record.proof?.(present) ?? true)
}

/** Returns whether the client was not read for this request. */
export function isRemembered(client: StorageClient): boolean {
  return records.get(client)?.isRemembered ?? false
}

import type { Client } from './contract'
import type { PortClient } from './port'

const records = new WeakMap<PortClient, Client>()

/** The client without its secret's hash: what the engine works with and the application sees. */
export function engineClient(client: Client): PortClient {
  const { id, type, authMethod, redirectUris, grants, scopes, name, userId, metadata } = client
  const { accessTokenLifetime, refreshTokenLifetime, resources, introspectsAll } = client
  const shown: PortClient = {
    id,
    type,
    authMethod,
    redirectUris,
    grants,
    scopes,
    name,
    userId,
    accessTokenLifetime,
    refreshTokenLifetime,
    resources,
    introspectsAll,
    metadata,
  }
  records.set(shown, client)
  return shown
}

/** The record that a client was made of; none for a client that is not kept in the store. */
export function clientRecordOf(client: PortClient): Client | undefined {
  return records.get(client)
}

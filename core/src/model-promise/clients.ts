import type { ModelContext } from './context'
import type { PromiseModel, PromiseModelClient } from './model'
import type { Client } from '../contract/store'
import { isRegisteredRedirectUri } from '../protocol/redirect-uri'
import { exposedClient } from '../storage/exposed-client'
import { withoutSecret } from '../storage/without-secret'

/** Returns the client as the servers expect it. The caller may change it. */
export function clientOf(record: Client): PromiseModelClient {
  const { accessTokenLifetime, refreshTokenLifetime, ...client } = withoutSecret(record)
  // A server uses its default for a lifetime that is null. saveToken() knows the client's.
  return {
    ...(exposedClient(client as never) as typeof client),
    grants: [...record.grantTypes],
    ...(typeof accessTokenLifetime === 'number' && { accessTokenLifetime }),
    ...(typeof refreshTokenLifetime === 'number' && { refreshTokenLifetime }),
  }
}

/** Returns the functions of the model about clients. */
export function clientFunctions<S extends string | string[]>(
  context: ModelContext<S>,
): Pick<PromiseModel<S>, 'getClient' | 'validateRedirectUri'> {
  const { clients, remember, recordOf, settings } = context

  async function authenticated(id: unknown, secret: unknown): Promise<Client | null> {
    // The authorization endpoint does not authenticate the client.
    if (secret === null) return clients.known(id)
    if (secret !== undefined && secret !== '') return clients.verified(id, secret)
    const client = await clients.known(id)
    return client?.type === 'public' && client.secretHash === null ? client : null
  }

  return {
    async getClient(clientId, clientSecret) {
      const record = await authenticated(clientId, clientSecret)
      if (!record) return null
      const client = clientOf(record)
      remember(client, record)
      return client
    },

    async validateRedirectUri(redirectUri, client) {
      const record = typeof redirectUri === 'string' ? await recordOf(client) : null
      return record !== null && isRegisteredRedirectUri(redirectUri, record, settings)
    },
  }
}

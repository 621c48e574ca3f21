import { type NewClient, createClient } from '@oauth2-kit/core'
import { ConfigurationError, type Demo } from './config'
import type { UserStore } from './stores'
import { saveUser } from './users'

/**
 * Registers the demo user and clients as the environment describes them now. Those that the store
 * has already are replaced, and keep their grants.
 */
export async function saveDemoData(store: UserStore, demo: Demo): Promise<void> {
  const { username, password, clientId, publicClientId, redirectUris, scopes } = demo
  await Promise.all([
    saveUser(store, username, password),
    saveClient(store, {
      id: clientId,
      name: 'Demo Web',
      secret: demo.clientSecret,
      authMethod: demo.clientAuthMethod,
      redirectUris,
      grants: ['authorization_code', 'refresh_token', 'client_credentials', 'password'],
      scopes,
    }),
    saveClient(store, {
      id: publicClientId,
      name: 'Demo SPA',
      type: 'public',
      redirectUris,
      grants: ['authorization_code', 'refresh_token'],
      scopes,
    }),
  ])
}

async function saveClient(store: UserStore, client: NewClient): Promise<void> {
  try {
    await createClient(
      // It creates only, so it is told that there is none.
      { getClient: async () => null, saveClient: (created) => store.saveClient(created) },
      client,
    )
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause
    const message = `The demo client "${client.id}" can't be as DEMO_... describes it: ${cause.message}`
    throw new ConfigurationError(message, { cause })
  }
}

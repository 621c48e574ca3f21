import { type Client, type NewClient, createClient } from '@oauth2-kit/core'
import type { Demo } from '../config.js'
import { ConfigurationError } from '../provider/environment.js'
import { deviceCode } from '../provider/pages/device.js'
import type { UserStore } from '../provider/setting.js'
import { saveUser } from './users.js'

const mostTries = 20

/**
 * Registers the demo user and clients as the environment describes them now. Existing ones are
 * replaced and keep their grants.
 */
export async function saveDemoData(store: UserStore, demo: Demo): Promise<void> {
  const { username, password, clientId, publicClientId, deviceClientId, redirectUris, scopes } =
    demo
  await Promise.all([
    saveUser(store, username, password),
    saveClient(store, {
      id: clientId,
      name: 'Demo Web',
      secret: demo.clientSecret,
      authMethod: demo.clientAuthMethod,
      redirectUris,
      grantTypes: ['authorization_code', 'refresh_token', 'client_credentials', 'password'],
      scopes,
      // It also represents the APIs of other servers, which introspect tokens.
      introspectsAll: true,
    }),
    saveClient(store, {
      id: publicClientId,
      name: 'Demo SPA',
      type: 'public',
      redirectUris,
      grantTypes: ['authorization_code', 'refresh_token'],
      scopes,
    }),
    saveClient(store, {
      id: deviceClientId,
      name: 'Demo TV',
      type: 'public',
      grantTypes: [deviceCode, 'refresh_token'],
      scopes,
    }),
  ])
}

async function saveClient(store: UserStore, client: NewClient): Promise<void> {
  try {
    // The core builds the record; here it may replace an existing one.
    await createClient({ createClient: (made) => createOrReplace(store, made) }, client)
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause
    const message = `The demo client "${client.id}" is wrong, check DEMO_...: ${cause.message}`
    throw new ConfigurationError(message, { cause })
  }
}

/** Creates or replaces a client. Other processes of this provider may start at the same time. */
async function createOrReplace(store: UserStore, client: Client): Promise<boolean> {
  for (let tries = 0; tries < mostTries; tries++) {
    if (await store.createClient(client)) return true
    const before = await store.getClient(client.id)
    if (before && (await store.updateClient(client, before.version))) return true
  }
  return false
}

import oauthserver, { type Client, type OAuth2Server, createClient } from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'

/** A server with one registered client. */
export interface Demo {
  oauth: OAuth2Server
  client: Client
  secret: string
}

/** Creates the same server for every framework. */
export async function demo(issuer: string): Promise<Demo> {
  const store = memoryStore()
  const { client, secret } = await createClient(store, {
    name: 'Photo album',
    redirectUris: ['http://localhost:4000/callback'],
    grantTypes: ['authorization_code', 'refresh_token', 'client_credentials'],
    scopes: ['profile'],
  })
  return { oauth: oauthserver({ store, issuer }), client, secret: secret ?? '' }
}

/**
 * The hooks that both kinds of pages share. A real application reads the signed-in user from its
 * session and asks the user for consent: see the example provider.
 */
export const pages = {
  authenticate: () => ({ id: 'ada' }),
  consent: () => true,
  scopes: ['profile'],
}

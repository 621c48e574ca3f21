import oauthserver, { type Client, type OAuth2Server, createClient } from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'

/** A server, and a client of it. */
export interface Demo {
  oauth: OAuth2Server
  client: Client
  secret: string
}

/** The same server for every framework. */
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
 * What both kinds of pages have in common. A real one asks its session who is signed in, and the
 * user whether the client may: see the example provider.
 */
export const pages = {
  authenticate: () => ({ id: 'ada' }),
  consent: () => true,
  scopes: ['profile'],
}

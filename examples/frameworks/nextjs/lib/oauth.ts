import oauthserver, { createClient } from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'

async function createProvider() {
  const store = memoryStore()
  await createClient(store, {
    id: 'demo-web',
    secret: process.env['DEMO_CLIENT_SECRET'] ?? 'demo-web-secret',
    name: 'Photo album',
    redirectUris: ['http://localhost:4000/callback'],
    grantTypes: ['authorization_code', 'refresh_token', 'client_credentials'],
    scopes: ['profile'],
  })
  const oauth = oauthserver({ store, issuer: process.env['ISSUER'] ?? 'http://localhost:3000' })
  const handle = oauth.handler({
    // A real application reads the signed-in user from its session and asks the user for consent.
    authenticate: () => ({ id: 'ada' }),
    consent: () => true,
    scopes: ['profile'],
  })
  return { oauth, handle }
}

// Next.js may load this module once per route, and again when a file changes in development.
const shared = globalThis as { oauthProvider?: ReturnType<typeof createProvider> }

/** The provider that all routes share. */
export const provider = (shared.oauthProvider ??= createProvider())

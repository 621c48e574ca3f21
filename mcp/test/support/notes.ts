import oauthserver, { type Client, type Options, createClient } from '@oauth2-kit/core'
import { type MemoryStore, memoryStore } from '@oauth2-kit/memory'
import { randomUUID } from 'node:crypto'

export const issuer = 'https://auth.example'
export const resource = `${issuer}/mcp`
export const other = `${issuer}/other`

export interface Notes {
  oauth: ReturnType<typeof oauthserver>
  store: MemoryStore
  /** A public client. */
  client: Client
}

/** An authorization server with two resources, in this process. */
export async function notes(options: Partial<Options> = {}): Promise<Notes> {
  const store = memoryStore()
  const oauth = oauthserver({
    store,
    issuer,
    resources: [resource, other],
    // Long enough that no test times out by accident on a busy machine.
    storeTimeout: 60_000,
    ...options,
  } as Options)
  const { client } = await createClient(store, {
    type: 'public',
    redirectUris: [`https://client.example/${randomUUID()}`],
    grantTypes: ['authorization_code', 'refresh_token'],
    scopes: ['notes:read', 'notes:write', 'notes:delete', 'openid'],
  })
  return { oauth, store, client }
}

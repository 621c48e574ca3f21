import oauthserver, { type Client, type Options, createClient } from '@oauth2-kit/core'
import { type MemoryStore, memoryStore } from '@oauth2-kit/memory'
import { type Server, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

type OAuth = ReturnType<typeof oauthserver>
type Listener = Parameters<typeof createServer>[1] & {}

/** An authorization server with an MCP server, on one loopback origin. */
export interface Notes extends AsyncDisposable {
  oauth: OAuth
  store: MemoryStore
  /** The origin of both. */
  origin: string
  /** The URL of the MCP server. */
  resource: string
  /** A public client, registered in advance. */
  client: Client
  userId: string
}

export const redirectUri = 'http://127.0.0.1/callback'
export const scopes = ['notes:read', 'notes:write']

/** Starts a provider whose user is signed in and allows everything. `listen` serves all requests. */
export async function notesProvider(
  listen: (notes: Notes, pages: Pages) => Listener,
  options: (origin: string) => Partial<Options> = () => ({}),
): Promise<Notes> {
  const server: Server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const resource = `${origin}/mcp`
  const store = memoryStore()
  const oauth = oauthserver({
    store,
    issuer: origin,
    resources: [resource],
    // Long enough that no test times out by accident on a busy machine.
    storeTimeout: 60_000,
    ...options(origin),
  } as Options)
  const { client } = await createClient(store, {
    type: 'public',
    redirectUris: [redirectUri],
    grantTypes: ['authorization_code', 'refresh_token'],
    scopes,
  })
  const userId = 'ann'
  const pages: Pages = { authenticate: () => ({ id: userId }), consent: () => true }
  const notes: Notes = {
    oauth,
    store,
    origin,
    resource,
    client,
    userId,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  server.on('request', listen(notes, pages))
  return notes
}

/** The pages of the provider, on every framework. */
export interface Pages {
  authenticate: () => { id: string }
  consent: () => true
}

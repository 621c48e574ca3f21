import {
  Client as Client2,
  StreamableHTTPClientTransport as Transport2,
} from '@modelcontextprotocol/client'
import { Client as Client1 } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as Transport1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { redirectUri } from './notes-provider'

/** An `OAuthClientProvider` of both versions of the SDK, with a browser that is signed in. */
export class SignedInBrowser {
  /** The scopes of each authorization request. */
  readonly requested: (string | null)[] = []
  /** The resources of each authorization request. */
  readonly resources: string[][] = []
  /** The query of the last redirect to the client. */
  response: URLSearchParams | undefined
  saved: { access_token: string; refresh_token?: string; token_type: string } | undefined
  #verifier = ''

  constructor(private client: { client_id: string } | undefined) {}

  readonly redirectUrl = redirectUri
  readonly clientMetadata = { client_name: 'Test', redirect_uris: [redirectUri] }

  clientInformation() {
    return this.client
  }

  /** Without a client that is registered in advance, the SDK registers one. */
  saveClientInformation(client: { client_id: string }) {
    this.client = client
  }

  tokens() {
    return this.saved
  }

  saveTokens(tokens: NonNullable<SignedInBrowser['saved']>) {
    this.saved = tokens
  }

  saveCodeVerifier(verifier: string) {
    this.#verifier = verifier
  }

  codeVerifier() {
    return this.#verifier
  }

  #discovered: unknown

  saveDiscoveryState(state: unknown) {
    this.#discovered = state
  }

  discoveryState() {
    return this.#discovered as undefined
  }

  /** The SDK calls it if the server says that the refresh token is not valid. */
  invalidateCredentials() {
    this.saved = undefined
  }

  /** Without a refresh token, the next 403 leads to the authorization endpoint. */
  dropRefreshToken() {
    if (this.saved) delete this.saved.refresh_token
  }

  async redirectToAuthorization(url: URL) {
    this.requested.push(url.searchParams.get('scope'))
    this.resources.push(url.searchParams.getAll('resource'))
    let next = url
    while (`${next.origin}${next.pathname}` !== redirectUri) {
      const { headers, status } = await fetch(next, { redirect: 'manual' })
      const location = headers.get('location')
      if (location === null) throw new Error(`${next.href} answered ${status}`)
      next = new URL(location, next)
    }
    this.response = next.searchParams
  }
}

/** A client of the SDK that asks for authorization until its requests succeed. */
export interface McpClient {
  browser: SignedInBrowser
  /** Calls a tool and returns its result, after as many sign-ins as needed. */
  call: (tool: string) => Promise<Record<string, unknown>>
}

interface Connection {
  callTool(request: { name: string }): Promise<unknown>
  close(): Promise<void>
}

interface Sdk {
  /** Opens a connection. */
  open(url: URL, browser: SignedInBrowser): Promise<Connection>
  /** Exchanges the code of the last response. */
  finish(url: URL, browser: SignedInBrowser): Promise<void>
}

const about = { name: 'test', version: '1.0.0' }

const version1: Sdk = {
  async open(url, authProvider) {
    const client = new Client1(about)
    await client.connect(new Transport1(url, { authProvider }))
    return client
  },
  finish: (url, authProvider) =>
    new Transport1(url, { authProvider }).finishAuth(authProvider.response!.get('code')!),
}

const version2: Sdk = {
  async open(url, authProvider) {
    const client = new Client2(about)
    await client.connect(new Transport2(url, { authProvider }))
    return client
  },
  finish: (url, authProvider) =>
    // With its `iss`, which the client compares with the metadata (RFC 9207).
    new Transport2(url, { authProvider }).finishAuth(authProvider.response!),
}

/** Both versions of the SDK, as clients. */
export const mcpClients: {
  client: string
  connect: (url: string, id: string | undefined) => McpClient
}[] = [
  { client: 'version 1', connect: (url, id) => clientOf(version1, url, id) },
  { client: 'version 2', connect: (url, id) => clientOf(version2, url, id) },
]

// More would be a client that never gets what it needs.
const mostSignIns = 2

function clientOf(sdk: Sdk, resource: string, id: string | undefined): McpClient {
  const url = new URL(resource)
  const browser = new SignedInBrowser(id === undefined ? undefined : { client_id: id })

  async function attempt(tool: string): Promise<unknown> {
    const connection = await sdk.open(url, browser)
    try {
      return await connection.callTool({ name: tool })
    } finally {
      await connection.close()
    }
  }

  return {
    browser,
    async call(tool) {
      for (let signIns = 0; ; signIns++) {
        try {
          const { content } = (await attempt(tool)) as { content: { text: string }[] }
          return JSON.parse(content[0]!.text) as Record<string, unknown>
        } catch (error) {
          if (signIns === mostSignIns) throw error
          // Both versions throw it once the browser has been sent to the authorization endpoint.
          if ((error as Error).constructor.name === 'UnauthorizedError')
            await sdk.finish(url, browser)
          // At a 403, version 1 refreshes its token, which then has the same scopes (its issue 2255).
          else if (/403 after trying upscoping/.test((error as Error).message))
            browser.dropRefreshToken()
          else throw error
        }
      }
    },
  }
}

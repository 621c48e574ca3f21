import { readFileSync } from 'node:fs'
import path from 'node:path'
import { authorizationRequest } from '../../provider/test/support/flow'
import { type DocumentHost, documentHost } from './support/document-host'
import { type Changes, type Example, startExample } from './support/example'

const root = path.resolve(__dirname, '../../..')
const page = readFileSync(path.join(root, 'docs/mcp-clients.md'), 'utf8')

/** What a client says of itself, and the redirect URI that it then uses. */
interface Known {
  client: string
  metadata: Record<string, unknown>
  redirectUri: string
}

const codes = ['authorization_code', 'refresh_token']
/** What all of them say, unless `metadata` says otherwise. */
const common = {
  token_endpoint_auth_method: 'none',
  grant_types: codes,
  response_types: ['code'],
}
const claude = 'https://claude.ai/api/mcp/auth_callback'
const chatGpt = 'https://chatgpt.com/connector_platform_oauth_redirect'
const insiders = 'https://insiders.vscode.dev/redirect'
const vsCode = ['http://127.0.0.1:33418/', 'https://vscode.dev/redirect']
const cursor = [
  'cursor://anysphere.cursor-mcp/oauth/callback',
  'https://www.cursor.com/agents/mcp/oauth/callback',
  'http://localhost:8787/callback',
]

const registrations: Known[] = [
  { client: 'Claude', metadata: { redirect_uris: [claude] }, redirectUri: claude },
  {
    client: 'Claude Code',
    metadata: { redirect_uris: ['http://localhost:3118/callback'] },
    redirectUri: 'http://localhost:55564/callback',
  },
  { client: 'ChatGPT', metadata: { redirect_uris: [chatGpt] }, redirectUri: chatGpt },
  {
    client: 'VS Code',
    metadata: {
      redirect_uris: [insiders, ...vsCode, 'http://127.0.0.1/'],
      application_type: 'native',
    },
    redirectUri: 'http://127.0.0.1:59656/',
  },
  ...cursor.map((redirectUri) => ({
    client: 'Cursor',
    metadata: { redirect_uris: cursor },
    redirectUri,
  })),
]

const documents: Known[] = [
  {
    client: 'Claude',
    metadata: {
      redirect_uris: [claude],
      grant_types: [...codes, 'urn:ietf:params:oauth:grant-type:jwt-bearer'],
    },
    redirectUri: claude,
  },
  {
    client: 'Claude Code',
    metadata: { redirect_uris: ['http://localhost/callback', 'http://127.0.0.1/callback'] },
    redirectUri: 'http://localhost:55564/callback',
  },
  {
    client: 'ChatGPT',
    metadata: {
      redirect_uris: [chatGpt],
      token_endpoint_auth_method: 'private_key_jwt',
      token_endpoint_auth_methods_supported: ['none', 'private_key_jwt'],
      token_endpoint_auth_signing_alg: 'RS256',
      jwks_uri: 'https://keys.example/oauth/jwks.json',
    },
    redirectUri: chatGpt,
  },
  {
    client: 'VS Code',
    metadata: {
      redirect_uris: vsCode,
      grant_types: [...codes, 'urn:ietf:params:oauth:grant-type:device_code'],
      application_type: 'native',
    },
    redirectUri: 'http://127.0.0.1:59656/',
  },
]

/** Where an authorization request of a client leads. */
async function destination({ url }: Example, client_id: string, redirect_uri: string) {
  const resource = `${url}/mcp`
  const scope = 'notes:read'
  const request = authorizationRequest(url, { client_id, redirect_uri, resource, scope })
  const response = await fetch(request.url, { redirect: 'manual' })
  return response.headers.get('Location') ?? (await response.text())
}

/** The host of the document of the current test. */
let host: DocumentHost

const changes: Changes = ({ clientMetadata }) => ({
  clientMetadata: {
    scopes: null,
    ...clientMetadata,
    fetch: (url, init) => host.fetch(url, init),
  },
})

describe('docs/mcp-clients.md', () => {
  const uris = [claude, chatGpt, ...vsCode, insiders, ...cursor]
  it.each(uris)('has %s', (uri) => {
    expect(page).toContain(`\`${uri}\``)
  })
})

describe('examples/mcp, for clients as they are', () => {
  let example: Example
  beforeAll(async () => {
    example = await startExample({}, { changes })
  })
  afterAll(() => example?.[Symbol.asyncDispose]())

  it.each(registrations)(
    'lets $client register itself, and use $redirectUri',
    async ({ metadata, redirectUri }) => {
      const response = await fetch(`${example.url}/oauth/register`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ ...common, ...metadata }),
      })
      expect(response.status).toBe(201)
      const { client_id } = (await response.json()) as { client_id: string }
      expect(await destination(example, client_id, redirectUri)).toMatch(/^\/sign-in\?/)
    },
  )

  it.each(documents)(
    'accepts the document of $client, and $redirectUri',
    async ({ client, metadata, redirectUri }) => {
      const name = client.replace(' ', '-')
      await using mine = await documentHost({ ...common, client_name: client, ...metadata }, name)
      host = mine
      expect(await destination(example, host.clientId, redirectUri)).toMatch(/^\/sign-in\?/)
    },
  )
})

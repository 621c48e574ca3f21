import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import {
  Client,
  StreamableHTTPClientTransport,
  UnauthorizedError,
} from '@modelcontextprotocol/client'
import { createUser } from '@oauth2-kit/core'
import { Browser } from './browser.js'
import { Memory } from './mcp-client.js'
import { type TestProvider, startProvider } from './start-provider.js'

const user = { username: 'ada', password: 'a long password' }

let provider: TestProvider
let browser: Browser
let memory: Memory

before(async () => {
  provider = await startProvider()
  await createUser(provider.store, user)
  browser = new Browser(provider.url)
  memory = new Memory('http://127.0.0.1:4000/callback')
  const { location } = await browser.get('/apps')
  await browser.submit(await browser.get(location), location, user)
})
after(() => provider.stop())

/** Calls a tool. The client asks its user first, for what it may not do yet. */
async function call(name: string, args: Record<string, unknown> = {}): Promise<string> {
  const client = new Client({ name: 'test', version: '1.0.0' })
  const url = new URL('/mcp', provider.url)
  const transport = new StreamableHTTPClientTransport(url, { authProvider: memory })
  try {
    await client.connect(transport)
    const { content } = await client.callTool({ name, arguments: args })
    const [first] = content
    return first?.type === 'text' ? first.text : ''
  } catch (error) {
    if (!(error instanceof UnauthorizedError)) throw error
    await transport.finishAuth(await allow(memory.destination))
    return await call(name, args)
  } finally {
    await client.close()
  }
}

/** Allows all that the client asks for. Resolves with the parameters of the response. */
async function allow({ pathname, search, searchParams }: URL): Promise<URLSearchParams> {
  const page = await browser.get(pathname + search)
  const granted = searchParams.get('scope')?.split(' ') ?? []
  const { location } = await browser.submit(page, pathname + search, { granted, decision: 'allow' })
  return new URL(location).searchParams
}

/** The scopes of notes that the client has asked for last. */
function requested(): string[] {
  const scopes = memory.destination.searchParams.get('scope')?.split(' ') ?? []
  return scopes.filter((scope) => scope.startsWith('notes:')).toSorted()
}

describe('the MCP server', () => {
  it('refuses a request without a token, and says where to get one', async () => {
    const response = await fetch(`${provider.url}/mcp`, { method: 'POST' })
    assert.equal(response.status, 401)
    const challenge = response.headers.get('www-authenticate') ?? ''
    assert.match(challenge, /resource_metadata="[^"]+\/oauth-protected-resource\/mcp"/)
  })

  it('serves a client that registers itself, and asks for more when a tool needs it', async () => {
    assert.equal(await call('list-notes'), 'There are no notes.')
    assert.deepEqual(requested(), ['notes:read'])
    assert.equal(await call('add-note', { text: 'Buy milk' }), 'Added: Buy milk')
    assert.deepEqual(requested(), ['notes:read', 'notes:write'])
    assert.equal(await call('list-notes'), 'Buy milk')
  })
})

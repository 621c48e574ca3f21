import { Memory } from '../../../cli/templates/mcp/test/mcp-client'
import { answering } from './support/answering'
import { documentHost } from './support/document-host'
import { type Example, revokeAll, startExample } from './support/example'
import { McpUser, type Sdk, sdks } from './support/sdks'

const redirectUri = 'http://127.0.0.1:4000/callback'
const versions = Object.entries(sdks)

/** Returns a function that starts an MCP client of the example, whose user signs in once. */
function clientsOf(sdk: Sdk, { url }: Example) {
  const answer = answering(url)
  return (memory = new Memory(redirectUri)) => {
    const asked: string[] = []
    const user = new McpUser(sdk, new URL('/mcp', url), memory, (destination) => {
      const scopes = destination.searchParams.get('scope')?.split(' ') ?? []
      // Version 2 of the SDK adds it if the server has it, to get a refresh token.
      asked.push(scopes.filter((scope) => scope !== 'offline_access').join(' '))
      return answer(destination)
    })
    return { user, memory, asked }
  }
}

describe.each(versions)('examples/mcp, for a client with %s of the SDK', (_version, sdk) => {
  let example: Example
  let start: ReturnType<typeof clientsOf>
  beforeAll(async () => {
    example = await startExample()
    start = clientsOf(sdk, example)
  })
  afterAll(() => example?.[Symbol.asyncDispose]())

  it('registers the client, signs its user in, and lets it call a tool', async () => {
    const { user, memory, asked } = start()
    expect(await user.call('list-notes')).toBe('There are no notes.')
    expect(asked).toEqual(['notes:read'])
    expect(memory.tokens()?.scope).toMatch(/^notes:read\b(?!.*write)/)
    const { client_id } = memory.clientInformation()!
    expect(await example.opened.store.getClient(client_id)).toMatchObject({
      name: 'Test client',
      registration: { method: 'dynamic' },
    })
  })

  it('takes a client with a metadata document, and stores nothing of it', async () => {
    const { redirectUrl, clientMetadata } = new Memory('http://localhost/callback')
    await using host = await documentHost(clientMetadata)
    await using own = await startExample(
      {},
      {
        changes: host.changes,
      },
    )
    // As Claude Code does: the document has no port.
    const redirect = redirectUrl.replace('localhost', 'localhost:5005')
    const memory = new Memory(redirect, { clientMetadataUrl: host.clientId })
    const { user, asked } = clientsOf(sdk, own)(memory)
    expect(await user.call('list-notes')).toBe('There are no notes.')
    expect(memory.clientInformation()).toMatchObject({ client_id: host.clientId })
    expect(asked).toEqual(['notes:read'])
    expect(host.requests).toEqual(['/oauth/client.json'])
    expect(await own.opened.store.getClient(host.clientId)).toBeNull()
  })

  it('asks the user for the scope of a tool when it is called', async () => {
    // Version 1 of the SDK takes its refresh token instead, which cannot have more scopes.
    const memory = new Memory(redirectUri, { grantTypes: ['authorization_code'] })
    const { user, asked } = start(memory)
    expect(await user.call('add-note', { text: 'Buy milk' })).toBe('Added: Buy milk')
    expect(asked).toEqual(['notes:read', 'notes:read notes:write'])
    expect(await user.call('list-notes')).toContain('Buy milk')
    expect(asked).toHaveLength(2)
  })

  it('refreshes the tokens without the user', async () => {
    const { user, memory, asked } = start()
    await user.call('list-notes')
    const before = memory.tokens()!
    memory.saveTokens({ ...before, access_token: 'expired' })
    await user.call('list-notes')
    expect(memory.tokens()!.access_token).not.toBe(before.access_token)
    expect(memory.tokens()!.refresh_token).not.toBe(before.refresh_token)
    expect(asked).toHaveLength(1)
  })

  it('asks again after the user has revoked all', async () => {
    const { user, asked } = start()
    await user.call('list-notes')
    await revokeAll(example)
    await user.call('list-notes')
    expect(asked).toEqual(['notes:read', 'notes:read'])
  })

  it('names only its own scopes in its metadata', async () => {
    const response = await fetch(`${example.url}/.well-known/oauth-protected-resource/mcp`)
    expect(response.headers.get('Access-Control-Allow-Origin')).toBe('*')
    expect(await response.json()).toMatchObject({
      resource: `${example.url}/mcp`,
      scopes_supported: ['notes:read', 'notes:write'],
    })
  })

  it.each([
    ['/.well-known/oauth-protected-resource/mcp', '*'],
    ['/.well-known/oauth-authorization-server', '*'],
    ['/oauth/register', 'http://localhost:4000'],
    ['/oauth/token', 'http://localhost:4000'],
    ['/mcp', 'http://localhost:4000'],
  ])('lets clients in browsers call %s', async (path, origin) => {
    const response = await fetch(example.url + path, {
      method: 'OPTIONS',
      headers: {
        Origin: 'http://localhost:4000',
        'Access-Control-Request-Method': path.startsWith('/.well-known') ? 'GET' : 'POST',
        'Access-Control-Request-Headers': 'mcp-protocol-version',
      },
    })
    expect(response.status).toBe(204)
    expect(response.headers.get('Access-Control-Allow-Origin')).toBe(origin)
    expect(response.headers.get('Access-Control-Allow-Headers')).toBe('mcp-protocol-version')
  })

  it('refuses the token after the client has revoked it', async () => {
    const { user, memory } = start()
    await user.call('list-notes')
    const { client_id } = memory.clientInformation()!
    const { access_token, refresh_token = '' } = memory.tokens()!
    const body = new URLSearchParams({ token: refresh_token, client_id })
    const revoked = await fetch(`${example.url}/oauth/revoke`, { method: 'POST', body })
    expect(revoked.status).toBe(200)
    const refused = await fetch(`${example.url}/mcp`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${access_token}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' }),
    })
    expect(refused.status).toBe(401)
    expect(refused.headers.get('WWW-Authenticate')).toContain(
      `resource_metadata="${example.url}/.well-known/oauth-protected-resource/mcp"`,
    )
  })
})

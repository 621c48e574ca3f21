import type { Options } from '@oauth2-kit/core'
import type { McpAuthOptions } from '@oauth2-kit/mcp'
import { gzipSync } from 'node:zlib'
import { ProofKey } from '../../core/test/support/dpop'
import type { Clock } from '../../core/test/support/provider'
import { type Notes, issuer, notes, other, resource } from './support/notes'
import { type Route, parserRoutes, routes, served } from './support/routes'
import { signIn } from './support/sign-in'

const metadata = `${issuer}/.well-known/oauth-protected-resource/mcp`

const calling = (name: unknown, id = 1) => ({
  jsonrpc: '2.0',
  id,
  method: 'tools/call',
  params: { name, arguments: {} },
})

const toolScopes: McpAuthOptions['toolScopes'] = {
  'add-note': 'notes:write',
  'move-note': ['notes:write', 'notes:delete'],
}

async function withToken(scope = 'notes:read', of = resource, options: Partial<Options> = {}) {
  const at = await notes(options)
  const { access_token: token } = await signIn(at.oauth, at.client, { scope, resource: of })
  return { at, token }
}

interface Asked {
  token?: string | undefined
  method?: string
  body?: unknown
  headers?: Record<string, string>
}

interface Answer {
  status: number
  challenge: string | null
  body: Record<string, unknown>
}

/** Returns a function that sends a request to the route. */
function asking(route: Route) {
  return async function (
    { oauth }: Pick<Notes, 'oauth'>,
    options: Partial<McpAuthOptions>,
    { token, method = 'POST', body, headers = {} }: Asked,
  ): Promise<Answer> {
    const hasBody = body !== undefined && method !== 'GET'
    const isPlain = typeof body === 'string' || body instanceof Uint8Array
    return served(route(oauth, { resource, ...options }), async (url) => {
      const answer = await fetch(url, {
        method,
        headers: {
          'Content-Type': 'application/json',
          ...(token !== undefined && { Authorization: `Bearer ${token}` }),
          ...headers,
        },
        ...(hasBody && { body: isPlain ? (body as string) : JSON.stringify(body) }),
      })
      const text = await answer.text()
      return {
        status: answer.status,
        challenge: answer.headers.get('www-authenticate'),
        body: text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : { text },
      }
    })
  }
}

describe.each(routes)('mcpAuth() on $on', ({ route }) => {
  const ask = asking(route)

  it.each([{}, { toolScopes }])('passes the token on as the SDK expects it: %j', async (more) => {
    const { at, token } = await withToken()
    const body = calling('list-notes')
    const answer = await ask(at, { scope: 'notes:read', ...more }, { token, body })
    expect(answer.status).toBe(200)
    expect(answer.body['auth']).toEqual({
      token,
      clientId: at.client.id,
      scopes: ['notes:read'],
      expiresAt: expect.any(Number),
      resource,
      extra: {
        userId: 'ann',
        user: { id: 'ann' },
        oauth: expect.objectContaining({
          grant: expect.objectContaining({ userId: 'ann', clientId: at.client.id }),
        }),
      },
    })
    const { expiresAt } = answer.body['auth'] as { expiresAt: number }
    expect(Number.isInteger(expiresAt)).toBe(true)
    // Without it, mcpAuth() does not read the body.
    expect([undefined, body]).toContainEqual(answer.body['body'])
  })

  it('a 401 names the metadata, and the scope that every request needs', async () => {
    const at = await notes()
    const options = { scope: 'notes:read', toolScopes }
    const missing = await ask(at, options, { body: calling('add-note') })
    expect(missing).toMatchObject({ status: 401, body: {} })
    expect(missing.challenge).toBe(`Bearer scope="notes:read", resource_metadata="${metadata}"`)
    const wrong = await ask(at, options, { token: 'x', body: calling('list-notes') })
    expect(wrong).toMatchObject({ status: 401, body: { error: 'invalid_token' } })
    expect(wrong.challenge).toContain(`scope="notes:read", resource_metadata="${metadata}"`)
  })

  it('refuses a token for another resource', async () => {
    const { at, token } = await withToken('notes:read', other)
    const answer = await ask(at, {}, { token, body: calling('list-notes') })
    expect(answer).toMatchObject({ status: 401, body: { error: 'invalid_token' } })
  })

  it.each([
    ['add-note', 'notes:read notes:write'],
    ['move-note', 'notes:read notes:write notes:delete'],
  ])('a 403 names all scopes that the tool %s needs', async (tool, scope) => {
    const { at, token } = await withToken('openid')
    const body = calling(tool)
    const answer = await ask(at, { scope: 'notes:read', toolScopes }, { token, body })
    expect(answer).toMatchObject({ status: 403, body: { error: 'insufficient_scope' } })
    expect(answer.challenge).toMatch(/^Bearer error="insufficient_scope", /)
    expect(answer.challenge).toContain(`scope="${scope}", resource_metadata="${metadata}"`)
  })

  it('a token with all scopes may call the tool', async () => {
    const { at, token } = await withToken('notes:read notes:write')
    const body = calling('add-note')
    const answer = await ask(at, { scope: 'notes:read', toolScopes }, { token, body })
    expect([answer.status, answer.body['body']]).toEqual([200, body])
  })

  it.each(['list-notes', 'constructor', '__proto__', 'toString', 'ADD-NOTE', ''])(
    'a tool without scopes of its own needs only those of every request: %j',
    async (tool) => {
      const { at, token } = await withToken()
      const body = calling(tool)
      expect((await ask(at, { scope: 'notes:read', toolScopes }, { token, body })).status).toBe(200)
    },
  )

  it('a batch needs the scopes of all its messages', async () => {
    const { at, token } = await withToken()
    const batch = [
      calling('list-notes'),
      { jsonrpc: '2.0', method: 'ping' },
      calling('add-note', 2),
    ]
    const options = { scope: 'notes:read', toolScopes }
    const answer = await ask(at, options, { token, body: batch })
    expect(answer.status).toBe(403)
    expect(answer.challenge).toContain('scope="notes:read notes:write"')
    expect((await ask(at, options, { token, body: batch.slice(0, 2) })).status).toBe(200)
  })

  it('asks no function about a batch of more than 100 messages, whatever the token', async () => {
    const { at, token } = await withToken()
    const asked = jest.fn(() => undefined)
    const batch = Array.from({ length: 101 }, () => calling('list-notes'))
    for (const one of [token, 'wrong']) {
      const answer = await ask(at, { toolScopes: asked }, { token: one, body: batch })
      expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_request' } })
    }
    expect(asked).not.toHaveBeenCalled()
    const body = batch.slice(1)
    expect((await ask(at, { toolScopes: asked }, { token, body })).status).toBe(200)
  })

  it('a function decides about any message', async () => {
    const { at, token } = await withToken()
    const options: Partial<McpAuthOptions> = {
      scope: ['notes:read'],
      toolScopes: async ({ method }) => (method === 'resources/read' ? 'notes:delete' : undefined),
    }
    const reading = { jsonrpc: '2.0', id: 1, method: 'resources/read', params: { uri: 'note:1' } }
    const answer = await ask(at, options, { token, body: reading })
    expect(answer.status).toBe(403)
    expect(answer.challenge).toContain('scope="notes:read notes:delete"')
    expect((await ask(at, options, { token, body: calling('add-note') })).status).toBe(200)
  })

  it.each([null, '', 'two  spaces', ['a b'], 1, true, {}])(
    'refuses the request if the function returns %j',
    async (returned) => {
      const { at, token } = await withToken('notes:read', resource, { debug: false })
      const answer = await ask(
        at,
        { toolScopes: () => returned as never },
        { token, body: calling('list-notes') },
      )
      expect(answer).toMatchObject({ status: 500, body: { error: 'server_error' } })
    },
  )

  it.each(['GET', 'DELETE'])('%s needs only the scopes of every request', async (method) => {
    const { at, token } = await withToken()
    const options = { scope: 'notes:read', toolScopes }
    expect((await ask(at, options, { token, method })).status).toBe(200)
    expect((await ask(at, { ...options, scope: 'openid' }, { token, method })).status).toBe(403)
  })

  it.each<[string, unknown]>([
    ['nothing', ''],
    ['no JSON', 'tools/call'],
    ['half of a message', '{"method":"tools/call","params":{"name":"add-note"}'],
    ['null', 'null'],
    ['a number', '1'],
    ['text', '"tools/call"'],
    ['a batch in a batch', [[calling('add-note')]]],
    ['a batch with a number', [calling('list-notes'), 1]],
    ['a tool without a name', { method: 'tools/call' }],
    ['a tool whose name is a list', calling(['add-note'])],
    ['a tool whose name is an object', calling({ toString: 'add-note' })],
    ['deep lists', `${'['.repeat(200_000)}${']'.repeat(200_000)}`],
    ['more than 4 MiB', JSON.stringify({ ...calling('list-notes'), x: 'x'.repeat(4_200_000) })],
    ['much more', JSON.stringify({ ...calling('list-notes'), x: 'x'.repeat(9_000_000) })],
  ])('a body with %s is never passed on with fewer scopes', async (_what, body) => {
    const { at, token } = await withToken()
    const options = { scope: 'notes:read', toolScopes }
    const { status, body: passedOn } = await ask(at, options, { token, body })
    // A body parser may have accepted it: an empty body is then {}, and a long one another tool.
    expect([200, 400]).toContain(status)
    expect(JSON.stringify(passedOn['body'] ?? null)).not.toContain('add-note')
  })

  it.each(['text/plain', 'text/plain; x=application/json', 'application/vnd.api+json', ''])(
    'the tool is found whatever the Content-Type: %j',
    async (type) => {
      const { at, token } = await withToken()
      const options = { scope: 'notes:read', toolScopes }
      const asked = { token, body: calling('add-note'), headers: { 'Content-Type': type } }
      expect((await ask(at, options, asked)).status).toBe(403)
    },
  )

  it('a compressed body is not passed on with fewer scopes', async () => {
    const { at, token } = await withToken()
    const body = gzipSync(JSON.stringify(calling('add-note')))
    const asked = { token, body, headers: { 'Content-Encoding': 'gzip' } }
    const { status } = await ask(at, { scope: 'notes:read', toolScopes }, asked)
    // express.json() decompresses it, and the tool is then known.
    expect([400, 403]).toContain(status)
  })

  it('RFC 9449: a proof is not used up by the look at the body', async () => {
    const at = await notes({ dpop: { url: () => resource } })
    const key = await ProofKey.make({ clock: { now: Date.now } as Clock })
    const tokenProof = await key.proof({ url: `${issuer}/oauth/token` })
    const headers = { DPoP: tokenProof }
    const { access_token: token } = await signIn(at.oauth, at.client, {
      scope: 'notes:read',
      resource,
      headers,
    })
    const proven = async (tool: string) => {
      const DPoP = await key.proof({ url: resource, token })
      const asked = { headers: { Authorization: `DPoP ${token}`, DPoP }, body: calling(tool) }
      return ask(at, { scope: 'notes:read', toolScopes }, asked)
    }
    const { status, body } = await proven('list-notes')
    expect([status, body['auth']]).toEqual([200, expect.objectContaining({ token })])
    const { challenge, ...refused } = await proven('add-note')
    expect(refused).toMatchObject({ status: 403, body: { error: 'insufficient_scope' } })
    expect(challenge).toMatch(/^DPoP .+, scope="notes:read notes:write", /)
  })

  it('is a 503 if the store is away', async () => {
    const { at, token } = await withToken('notes:read', resource, { debug: false })
    at.store.find = () => Promise.reject(new Error('away'))
    const answer = await ask(at, { toolScopes }, { token, body: calling('list-notes') })
    expect(answer).toMatchObject({ status: 503, body: { error: 'temporarily_unavailable' } })
  })
})

describe.each(parserRoutes)('the body at mcpAuth() on $on', ({ route }) => {
  const ask = asking(route)
  const options = { scope: 'notes:read', toolScopes }

  it('is passed on, and decides about the scopes', async () => {
    const { at, token } = await withToken()
    const body = calling('list-notes')
    const listed = await ask(at, options, { token, body })
    expect([listed.status, listed.body['body']]).toEqual([200, body])
    for (const type of ['application/json', 'text/plain; x=application/json']) {
      const asked = { token, body: calling('add-note'), headers: { 'Content-Type': type } }
      expect((await ask(at, options, asked)).status).toBe(403)
    }
  })

  it('is a 400 if it is not JSON', async () => {
    const { at, token } = await withToken()
    expect((await ask(at, options, { token, body: '{"method":' })).status).toBe(400)
  })
})

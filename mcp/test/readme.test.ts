import { createHash, randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import {
  type Program,
  Running,
  programFolder,
  programsOf,
  writeProgram,
} from '../../test/support/programs'

const programs = programsOf('mcp/README.md')
const redirect_uri = 'http://127.0.0.1/callback'
const resource = 'http://localhost:3000/mcp'

function program(name: string): Program {
  const found = programs.find((one) => one.name === name)
  if (!found) throw new Error(`The README has no program ${name}`)
  return found
}

/** Signs in at the endpoints below this URL, and returns an access token. */
async function tokenFrom(url: string, endpoints: string, scope: string): Promise<string> {
  const code_verifier = randomBytes(32).toString('base64url')
  const query = new URLSearchParams({
    client_id: 'cli',
    response_type: 'code',
    redirect_uri,
    resource,
    scope,
    code_challenge: createHash('sha256').update(code_verifier).digest('base64url'),
    code_challenge_method: 'S256',
  })
  let next = new URL(`${url}${endpoints}/authorize?${query.toString()}`)
  while (!next.href.startsWith(redirect_uri)) {
    // The program names port 3000, and runs on another one.
    const at = new URL(`${next.pathname}${next.search}`, url)
    const { headers } = await fetch(at, { redirect: 'manual' })
    next = new URL(headers.get('location')!, at)
  }
  const body = new URLSearchParams({
    client_id: 'cli',
    grant_type: 'authorization_code',
    code: next.searchParams.get('code')!,
    code_verifier,
    redirect_uri,
  })
  const answer = await fetch(`${url}${endpoints}/token`, { method: 'POST', body })
  return ((await answer.json()) as { access_token: string }).access_token
}

async function callTool(url: string, tool: string, token?: string) {
  const message = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: tool } }
  const answer = await fetch(`${url}/mcp`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      Accept: 'application/json, text/event-stream',
      ...(token && { Authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(message),
  })
  const challenge = answer.headers.get('www-authenticate')
  return { status: answer.status, challenge, text: await answer.text() }
}

it.each(['notes.mjs', 'notes-1.mjs'])(
  'mcp/README.md: server.mjs protects the MCP server %s',
  async (notes) => {
    using place = programFolder()
    writeProgram({ ...program(notes), name: 'notes.mjs' }, place.folder)
    await using running = new Running(
      writeProgram(program('server.mjs'), place.folder),
      place.folder,
    )
    const url = await running.url()
    const missing = await callTool(url, 'list-notes')
    expect(missing.status).toBe(401)
    const metadata = 'http://localhost:3000/.well-known/oauth-protected-resource/mcp'
    expect(missing.challenge).toBe(`Bearer scope="notes:read", resource_metadata="${metadata}"`)

    const token = await tokenFrom(url, '/oauth', 'notes:read')
    const listed = await callTool(url, 'list-notes', token)
    expect([listed.status, listed.text]).toEqual([
      200,
      expect.stringContaining('list-notes by ann'),
    ])
    const refused = await callTool(url, 'add-note', token)
    expect(refused.status).toBe(403)
    expect(refused.challenge).toContain('scope="notes:read notes:write"')
    const added = await callTool(
      url,
      'add-note',
      await tokenFrom(url, '/oauth', 'notes:read notes:write'),
    )
    expect([added.status, added.text]).toEqual([200, expect.stringContaining('add-note by ann')])
  },
)

/** A program with the provider of the README, which mounts the rest. */
const providerWith = (imported: string, mounting: string, issuer = 'http://localhost:3000') => `
import express from 'express'
import oauthserver, { createClient } from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'
${imported}
const [issuer, resource, store] = ['${issuer}', '${resource}', memoryStore()]
const redirectUris = ['${redirect_uri}']
await createClient(store, { id: 'cli', type: 'public', redirectUris, scopes: ['notes:read', 'openid'] })
const oauth = oauthserver({ store, issuer, resources: [resource] })
const pages = { authenticate: () => ({ id: 'ann' }), consent: () => true }
const app = express()
${mounting}
app.listen(3000)
`

const bearer = (name: string) =>
  [
    `import { bearer } from './${name}'\nimport { notes } from './notes.mjs'`,
    `app.use(oauth.router(pages))\napp.all('/mcp', bearer(oauth, resource), notes)`,
  ] as const

const others: [name: string, notes: string, endpoints: string, program: string][] = [
  ['bearer-1.mjs', 'notes-1.mjs', '/oauth', providerWith(...bearer('bearer-1.mjs'))],
  ['bearer-2.mjs', 'notes.mjs', '/oauth', providerWith(...bearer('bearer-2.mjs'))],
  [
    'tool-scopes.mjs',
    'notes.mjs',
    '/oauth',
    providerWith(
      `import { mcpAuth } from '@oauth2-kit/mcp'
import { notes } from './notes.mjs'
import { toolScopes } from './tool-scopes.mjs'
for (const params of [{ uri: 'secret:1' }, { uri: ['secret:1'] }, undefined])
  if (toolScopes({ method: 'resources/read', params }) !== 'notes:secret')
    throw new Error('The function lets a secret through')
if (toolScopes({ method: 'resources/read', params: { uri: 'public:1' } }) !== undefined)
  throw new Error('The function does not see the URI')`,
      `app.use(oauth.router(pages))
app.all('/mcp', mcpAuth(oauth, { resource, scope: 'notes:read', toolScopes }), notes)`,
    ),
  ],
  [
    'router.mjs',
    'notes-1.mjs',
    '',
    providerWith(
      `import { mount } from './router.mjs'\nimport { bearer } from './bearer-1.mjs'\nimport { notes } from './notes.mjs'`,
      `mount(app, oauth, resource, pages)\napp.all('/mcp', bearer(oauth, resource), notes)`,
      'http://localhost:3000/',
    ),
  ],
  [
    'fetch.mjs',
    'notes.mjs',
    '/oauth',
    providerWith(
      `import { McpServer } from '@modelcontextprotocol/server'
import { getRequestListener } from '@hono/node-server'
import { mcpRoute } from './fetch.mjs'`,
      `app.use(oauth.router(pages))
const route = mcpRoute(oauth, resource, () => {
  const server = new McpServer({ name: 'notes', version: '1.0.0' })
  server.registerTool('list-notes', {}, ({ http }) => ({
    content: [{ type: 'text', text: \`list-notes by \${http.authInfo.extra.userId}\` }],
  }))
  return server
})
app.all('/mcp', getRequestListener(route))`,
    ),
  ],
]

it.each(others)('mcp/README.md: %s checks tokens', async (name, notes, endpoints, text) => {
  using place = programFolder()
  writeProgram({ ...program(notes), name: 'notes.mjs' }, place.folder)
  for (const part of new Set([name, 'bearer-1.mjs'])) writeProgram(program(part), place.folder)
  const main = path.join(place.folder, 'main.mjs')
  writeFileSync(main, text)
  await using running = new Running(main, place.folder)
  const url = await running.url()
  const missing = await callTool(url, 'list-notes')
  expect(missing.status).toBe(401)
  expect(missing.challenge).toContain('/.well-known/oauth-protected-resource/mcp"')
  const listed = await callTool(url, 'list-notes', await tokenFrom(url, endpoints, 'notes:read'))
  expect([listed.status, listed.text]).toEqual([200, expect.stringContaining('list-notes by ann')])
  const refused = await callTool(url, 'list-notes', await tokenFrom(url, endpoints, 'openid'))
  expect(refused.status).toBe(403)
})

import * as errors1 from '@modelcontextprotocol/sdk/server/auth/errors.js'
import { requireBearerAuth } from '@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js'
import {
  getOAuthProtectedResourceMetadataUrl as metadataUrl,
  mcpAuthRouter as mcpAuthRouter1,
} from '@modelcontextprotocol/sdk/server/auth/router.js'
import * as legacy from '@modelcontextprotocol/server-legacy/auth'
import { mcpServerProvider } from '@oauth2-kit/mcp'
import express from 'express'
import { mcpClients } from './support/mcp-clients'
import { mcpServers } from './support/mcp-servers'
import { type Notes, notesProvider, redirectUri, scopes } from './support/notes-provider'

const routers = [
  { version: 'version 1', errors: errors1, mcpAuthRouter: mcpAuthRouter1 },
  { version: 'server-legacy', errors: legacy, mcpAuthRouter: legacy.mcpAuthRouter },
]

async function register({ origin }: Notes, metadata: object) {
  const answer = await fetch(`${origin}/register`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(metadata),
  })
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
}

describe.each(routers)('registration at mcpAuthRouter of $version', ({ errors, mcpAuthRouter }) => {
  const started = () =>
    notesProvider(
      ({ oauth, resource }, pages) => {
        const provider = mcpServerProvider(oauth, { resource, errors, registration: true })
        const [issuerUrl, resourceServerUrl] = [new URL(oauth.issuer!), new URL(resource)]
        const app = express()
        app.use(mcpAuthRouter({ provider, issuerUrl, resourceServerUrl }))
        app.use(oauth.router(pages))
        const bearer = requireBearerAuth({
          verifier: mcpServerProvider(oauth, { resource, errors: errors1 }),
          resourceMetadataUrl: metadataUrl(resourceServerUrl),
        })
        app.all('/mcp', bearer, (req, res) => mcpServers[0]!.listener(req, res))
        return app
      },
      (origin) => ({ issuer: `${origin}/`, registration: { scopes, open: true } }),
    )

  it.each(mcpClients)('a client of $client registers itself and signs in', async ({ connect }) => {
    await using notes = await started()
    const { browser, call } = connect(notes.resource, undefined)
    const { clientId } = await call('list-notes')
    expect(clientId).toBe(browser.clientInformation()!.client_id)
    expect(await notes.store.getClient(clientId as string)).toMatchObject({
      type: 'public',
      secretHash: null,
      registration: { method: 'dynamic' },
    })
  })

  it.each(['client_secret_basic', 'client_secret_post', undefined, 'none'])(
    'a client that asks for the method %s becomes a public one, and is told so',
    async (token_endpoint_auth_method) => {
      await using notes = await started()
      const { status, body } = await register(notes, {
        redirect_uris: [redirectUri],
        token_endpoint_auth_method,
      })
      expect([status, body['token_endpoint_auth_method']]).toEqual([201, 'none'])
      expect(body).not.toHaveProperty('client_secret')
      expect(await notes.store.getClient(body['client_id'] as string)).not.toBeNull()
    },
  )

  it('refuses what the policy refuses', async () => {
    await using notes = await started()
    const { status, body } = await register(notes, { redirect_uris: ['http://evil.example/'] })
    expect([status, body['error']]).toEqual([400, 'invalid_redirect_uri'])
  })
})

it('needs the option "registration" of the server', async () => {
  await using notes = await notesProvider(
    () => express(),
    (origin) => ({ issuer: `${origin}/` }),
  )
  const { oauth, resource } = notes
  const make = () => mcpServerProvider(oauth, { resource, errors: errors1, registration: true })
  expect(make).toThrow(
    expect.objectContaining({ code: 'OAUTH2_KIT_OPTION', option: 'registration' }),
  )
})

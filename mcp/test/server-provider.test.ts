import * as errors1 from '@modelcontextprotocol/sdk/server/auth/errors.js'
import { requireBearerAuth as requireBearerAuth1 } from '@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js'
import type { OAuthServerProvider as Provider1 } from '@modelcontextprotocol/sdk/server/auth/provider.js'
import {
  getOAuthProtectedResourceMetadataUrl as metadataUrl,
  mcpAuthRouter as mcpAuthRouter1,
} from '@modelcontextprotocol/sdk/server/auth/router.js'
import * as legacy from '@modelcontextprotocol/server-legacy/auth'
import { createClient } from '@oauth2-kit/core'
import { type McpServerProvider, type SdkErrors, mcpServerProvider } from '@oauth2-kit/mcp'
import express, { type RequestHandler } from 'express'
import { createHash, randomBytes } from 'node:crypto'
import { mcpClients } from './support/mcp-clients'
import { mcpServers } from './support/mcp-servers'
import { notesProvider, redirectUri, scopes } from './support/notes-provider'

type Provider = Provider1 & legacy.OAuthServerProvider

interface Version {
  version: string
  errors: SdkErrors
  router: (provider: Provider, urls: { issuerUrl: URL; resourceServerUrl: URL }) => RequestHandler
  require: (verifier: Provider, resource: string) => RequestHandler
}

const requiredScopes = ['notes:read']
const limits = {
  authorizationOptions: { rateLimit: false },
  tokenOptions: { rateLimit: false },
  revocationOptions: { rateLimit: false },
} as const

/** `mcpAuthRouter` of each version of the SDK. */
const versions: Version[] = [
  {
    version: 'version 1',
    errors: errors1,
    router: (provider, urls) => mcpAuthRouter1({ provider, ...urls, ...limits }),
    require: (verifier, resource) =>
      requireBearerAuth1({
        verifier,
        requiredScopes,
        resourceMetadataUrl: metadataUrl(new URL(resource)),
      }),
  },
  {
    version: 'server-legacy',
    errors: legacy,
    router: (provider, urls) => legacy.mcpAuthRouter({ provider, ...urls, ...limits }),
    require: (verifier, resource) =>
      legacy.requireBearerAuth({
        verifier,
        requiredScopes,
        resourceMetadataUrl: metadataUrl(new URL(resource)),
      }),
  },
]

describe.each(versions)('mcpServerProvider() in mcpAuthRouter of $version', (version) => {
  const started = () =>
    notesProvider(
      ({ oauth, resource }, pages) => {
        const provider: McpServerProvider = mcpServerProvider(oauth, {
          resource,
          errors: version.errors,
        })
        const issuerUrl = new URL(oauth.issuer!)
        const app = express()
        app.use(version.router(provider, { issuerUrl, resourceServerUrl: new URL(resource) }))
        app.use(oauth.router(pages))
        app.all('/mcp', version.require(provider, resource), (req, res) =>
          mcpServers[0]!.listener(req, res),
        )
        return app
      },
      // As the SDK spells it.
      (origin) => ({ issuer: `${origin}/`, debug: false }),
    )

  type Form = Record<string, string | undefined>

  async function post(url: string, form: Form) {
    const present = Object.entries(form).filter((entry): entry is [string, string] => !!entry[1])
    const answer = await fetch(url, { method: 'POST', body: new URLSearchParams(present) })
    return { status: answer.status, body: (await answer.json()) as Record<string, string> }
  }

  /** The form that exchanges a new code at the token endpoint of the SDK. */
  async function codeOf(
    origin: string,
    client_id: string,
    asked: Form = { redirect_uri: redirectUri },
  ) {
    const code_verifier = randomBytes(32).toString('base64url')
    let url = new URL(`${origin}/authorize`)
    const parameters: Form = {
      client_id,
      response_type: 'code',
      code_challenge: createHash('sha256').update(code_verifier).digest('base64url'),
      code_challenge_method: 'S256',
      state: 'a+b &=%',
      ...asked,
    }
    for (const [name, value] of Object.entries(parameters)) {
      if (value !== undefined) url.searchParams.set(name, value)
    }
    const seen: string[] = []
    while (`${url.origin}${url.pathname}` !== redirectUri) {
      seen.push(url.pathname)
      const answer = await fetch(url, { redirect: 'manual' })
      const location = answer.headers.get('location')
      if (location === null) return { status: answer.status, seen, form: {} as Form, url }
      url = new URL(location, url)
    }
    const code = url.searchParams.get('code') ?? undefined
    const grant = { client_id, grant_type: 'authorization_code', code, code_verifier }
    const form: Form = { ...grant, redirect_uri: asked['redirect_uri'] }
    return { status: 302, seen, form, url }
  }

  it.each(mcpClients)(
    'a client of $client signs in, refreshes and is revoked',
    async ({ connect }) => {
      await using notes = await started()
      const { oauth, resource, client, userId, origin } = notes
      const { browser, call } = connect(resource, client.id)
      expect(await call('list-notes')).toMatchObject({
        clientId: client.id,
        scopes: ['notes:read'],
        resource,
        userId,
      })
      expect(browser.requested).toEqual(['notes:read'])

      const { access_token: token } = browser.saved!
      await post(`${origin}/revoke`, { client_id: client.id, token })
      expect(await call('list-notes')).toMatchObject({ tool: 'list-notes' })
      expect(browser.saved!.access_token).not.toBe(token)
      expect(browser.requested).toHaveLength(1)

      await oauth.revokeGrants({ userId })
      expect(await call('list-notes')).toMatchObject({ tool: 'list-notes' })
      expect(browser.requested).toHaveLength(2)
    },
  )

  it('signs the user in at the pages of router(), and returns the state and the issuer', async () => {
    await using notes = await started()
    const { seen, url } = await codeOf(notes.origin, notes.client.id)
    expect(seen).toEqual(['/authorize', '/oauth/authorize'])
    expect(url.searchParams.get('state')).toBe('a+b &=%')
    expect(url.searchParams.get('iss')).toBe(`${notes.origin}/`)
  })

  it('a token is for the resource, and has the requested scope', async () => {
    await using notes = await started()
    const asked = { redirect_uri: redirectUri, scope: 'notes:write' }
    const { form } = await codeOf(notes.origin, notes.client.id, asked)
    const { status, body } = await post(`${notes.origin}/token`, form)
    expect(status).toBe(200)
    expect(body).toMatchObject({ token_type: 'Bearer', scope: 'notes:write' })
    const headers = { Authorization: `Bearer ${body['access_token']}` }
    const found = await notes.oauth.authenticate(new Request(notes.resource, { headers }))
    expect(found.oauth?.resource).toEqual([notes.resource])
  })

  it('a code is redeemed once, and its replay ends the grant', async () => {
    await using notes = await started()
    const { form } = await codeOf(notes.origin, notes.client.id)
    const { body } = await post(`${notes.origin}/token`, form)
    const again = await post(`${notes.origin}/token`, form)
    expect([again.status, again.body['error']]).toEqual([400, 'invalid_grant'])
    const refreshed = await post(`${notes.origin}/token`, {
      client_id: notes.client.id,
      grant_type: 'refresh_token',
      refresh_token: body['refresh_token'],
    })
    expect([refreshed.status, refreshed.body['error']]).toEqual([400, 'invalid_grant'])
  })

  it('a wrong PKCE verifier is refused, and uses up the code', async () => {
    await using notes = await started()
    const { form } = await codeOf(notes.origin, notes.client.id)
    for (const code_verifier of [randomBytes(32).toString('base64url'), form['code_verifier']]) {
      const { status, body } = await post(`${notes.origin}/token`, { ...form, code_verifier })
      expect([status, body['error']]).toEqual([400, 'invalid_grant'])
    }
  })

  it('a redirect URI may be left out if the client has only one', async () => {
    await using notes = await started()
    const { form } = await codeOf(notes.origin, notes.client.id, {})
    expect((await post(`${notes.origin}/token`, form)).status).toBe(200)
  })

  it('a code of another client, or for another redirect URI, is refused', async () => {
    await using notes = await started()
    const { client: other } = await createClient(notes.store, {
      type: 'public',
      redirectUris: [redirectUri, 'https://other.example/callback'],
      scopes,
    })
    for (const changes of [
      { client_id: other.id },
      { redirect_uri: 'https://other.example/callback' },
    ]) {
      const { form } = await codeOf(notes.origin, notes.client.id)
      const { status, body } = await post(`${notes.origin}/token`, { ...form, ...changes })
      expect([status, body['error']]).toEqual([400, 'invalid_grant'])
    }
    const { form } = await codeOf(notes.origin, other.id)
    const without = await post(`${notes.origin}/token`, { ...form, redirect_uri: undefined })
    expect(without.status).toBe(400)
  })

  it('a refresh narrows the scope and never widens it', async () => {
    await using notes = await started()
    const { form } = await codeOf(notes.origin, notes.client.id, {
      redirect_uri: redirectUri,
      scope: 'notes:read',
    })
    const { body } = await post(`${notes.origin}/token`, form)
    const { refresh_token } = body
    const refresh = { client_id: notes.client.id, grant_type: 'refresh_token', refresh_token }
    const wider = await post(`${notes.origin}/token`, { ...refresh, scope: 'notes:write' })
    expect([wider.status, wider.body['error']]).toEqual([400, 'invalid_scope'])
    const same = await post(`${notes.origin}/token`, { ...refresh, scope: 'notes:read' })
    expect(same.body).toMatchObject({ scope: 'notes:read' })
  })

  it('a resource that the server does not have is refused', async () => {
    await using notes = await started()
    const asked = { redirect_uri: redirectUri, resource: 'https://other.example/mcp' }
    const { url } = await codeOf(notes.origin, notes.client.id, asked)
    expect(url.searchParams.get('error')).toBe('invalid_target')
  })

  it('a client with a secret is refused, because the SDK compares secrets as plain text', async () => {
    await using notes = await started()
    const { client, secret } = await createClient(notes.store, {
      redirectUris: [redirectUri],
      scopes,
    })
    const { status } = await codeOf(notes.origin, client.id)
    expect(status).toBe(400)
    const own = { client_id: client.id, client_secret: secret! }
    const form = { ...own, grant_type: 'refresh_token', refresh_token: 'x' }
    const { body } = await post(`${notes.origin}/token`, form)
    expect(body['error']).toBe('invalid_client')
    const revoked = await post(`${notes.origin}/revoke`, { ...own, token: 'x' })
    expect(revoked.body['error']).toBe('invalid_client')
  })

  it.each(['unknown', 'x'.repeat(300), 'a\u0000b', ' '])(
    'an unknown client is refused: %j',
    async (id) => {
      await using notes = await started()
      const form = { client_id: id, grant_type: 'refresh_token', refresh_token: 'x' }
      const { status, body } = await post(`${notes.origin}/token`, form)
      expect([status, body['error']]).toEqual([400, 'invalid_client'])
    },
  )

  it('is a 500 if the store is away, and not an error that ends the grant', async () => {
    await using notes = await started()
    const { form } = await codeOf(notes.origin, notes.client.id)
    const { find } = notes.store
    notes.store.find = () => Promise.reject(new Error('away'))
    const { status, body } = await post(`${notes.origin}/token`, form)
    expect([status, body['error']]).toEqual([500, 'server_error'])
    notes.store.find = find
    expect((await post(`${notes.origin}/token`, form)).status).toBe(200)
  })

  it('is a 500 if the store does not answer', async () => {
    await using notes = await started()
    const provider = mcpServerProvider(notes.oauth, {
      resource: notes.resource,
      errors: version.errors,
    })
    notes.store.getClient = () => new Promise(() => {})
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] })
    try {
      const found = provider.clientsStore.getClient(notes.client.id).catch((error) => error)
      await jest.advanceTimersByTimeAsync(10_000)
      expect(await found).toMatchObject({ error: 'temporarily_unavailable' })
    } finally {
      jest.useRealTimers()
    }
  })

  it('does not let clients register themselves unless it is asked for', async () => {
    await using notes = await started()
    const answer = await fetch(`${notes.origin}/.well-known/oauth-authorization-server`)
    const metadata = (await answer.json()) as Record<string, unknown>
    expect(metadata).toMatchObject({ issuer: `${notes.origin}/` })
    expect(metadata).not.toHaveProperty('registration_endpoint')
  })

  it('the SDK does not check the PKCE verifier itself', async () => {
    await using notes = await started()
    const { errors } = version
    const provider = mcpServerProvider(notes.oauth, { resource: notes.resource, errors })
    expect(provider.skipLocalPkceValidation).toBe(true)
    await expect(provider.challengeForAuthorizationCode()).rejects.toThrow('PKCE')
  })
})

describe('mcpServerProvider()', () => {
  it('says how the SDK spells the issuer', async () => {
    await using notes = await notesProvider(() => express())
    const make = () => mcpServerProvider(notes.oauth, { resource: notes.resource, errors: errors1 })
    expect(make).toThrow(
      expect.objectContaining({
        code: 'OAUTH2_KIT_OPTION',
        option: 'issuer',
        message: `"issuer" is spelled differently by mcpAuthRouter: set it to ${notes.origin}/`,
      }),
    )
  })
})

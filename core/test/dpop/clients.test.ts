import { type Server, createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import oauthserver, { type Client, createClient } from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'
import express from 'express'
import type * as oauth4webapi from 'oauth4webapi'
import type * as openidClient from 'openid-client'
import { esModule } from '../../../examples/provider/test/support/es-module'

const oauth = esModule<typeof oauth4webapi>('oauth4webapi')
const openid = esModule<typeof openidClient>('openid-client')
const insecure = { [oauth.allowInsecureRequests]: true }
const redirectUri = 'https://client.example/callback'

/** With nonces and without. */
const variants = [
  ['without nonces', true],
  ['with nonces', { nonceSecret: 'n'.repeat(32) }],
] as const

const servers: Server[] = []

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
})

/** A provider with a resource that refuses bearer tokens, and a public client. */
async function started(dpop: (typeof variants)[number][1]) {
  const app = express()
  const server = createServer(app).listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const store = memoryStore()
  const { client } = await createClient(store, {
    type: 'public',
    redirectUris: [redirectUri],
    scopes: ['profile'],
  })
  const provider = oauthserver({ store, issuer, dpop })
  app.use(provider.router({ authenticate: () => ({ id: 'user-1' }), consent: () => true }))
  app.get('/api/me', provider.authorise({ dpop: 'required' }), (req, res) => {
    res.json({ user: req.user, ...req.oauth?.dpop })
  })
  return { issuer, client, api: new URL('/api/me', issuer) }
}

/** Gets the redirect of an authorization request that the user allows. */
async function allowed(url: URL): Promise<URL> {
  const answer = await fetch(url, { redirect: 'manual' })
  return new URL(answer.headers.get('location') ?? '')
}

/** Repeats a request for which the client did not have a nonce yet. */
async function withNonce<T>(run: () => Promise<T>): Promise<T> {
  return run().catch((error: unknown) => {
    if (oauth.isDPoPNonceError(error)) return run()
    throw error
  })
}

/** Discovers the server, and makes a key. */
async function setUp(client: Client, issuer: string) {
  const url = new URL(issuer)
  const answer = await oauth.discoveryRequest(url, { algorithm: 'oauth2', ...insecure })
  const server = await oauth.processDiscoveryResponse(url, answer)
  const keys = await oauth.generateKeyPair('ES256', { extractable: true })
  const DPoP = oauth.DPoP({ client_id: client.id } as oauth4webapi.Client, keys)
  return { server, options: { DPoP, ...insecure } }
}

describe.each(variants)('oauth4webapi %s', (_what, dpop) => {
  it('gets bound tokens, refreshes them and uses them at the API', async () => {
    const { issuer, client: record, api } = await started(dpop)
    const { server, options } = await setUp(record, issuer)
    const client = { client_id: record.id }
    const verifier = oauth.generateRandomCodeVerifier()
    const jkt = await options.DPoP.calculateThumbprint()
    const url = new URL(server.authorization_endpoint!)
    url.search = new URLSearchParams({
      response_type: 'code',
      client_id: record.id,
      redirect_uri: redirectUri,
      state: 'state',
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      dpop_jkt: jkt,
    }).toString()
    const callback = oauth.validateAuthResponse(server, client, await allowed(url), 'state')
    const first = await withNonce(async () =>
      oauth.processAuthorizationCodeResponse(
        server,
        client,
        await oauth.authorizationCodeGrantRequest(
          server,
          client,
          oauth.None(),
          callback,
          redirectUri,
          verifier,
          options,
        ),
      ),
    )
    const second = await withNonce(async () =>
      oauth.processRefreshTokenResponse(
        server,
        client,
        await oauth.refreshTokenGrantRequest(
          server,
          client,
          oauth.None(),
          first.refresh_token!,
          options,
        ),
      ),
    )
    for (const { access_token: token, token_type: type } of [first, second]) {
      expect(type).toBe('dpop')
      const answer = await withNonce(() =>
        oauth.protectedResourceRequest(token, 'GET', api, new Headers(), null, options),
      )
      expect(await answer.json()).toEqual({ user: { id: 'user-1' }, jkt })
    }
  })

  it('gets the challenge of a resource that refuses bearer tokens', async () => {
    const { api } = await started(dpop)
    const ask = oauth.protectedResourceRequest('token', 'GET', api, new Headers(), null, insecure)
    await expect(ask).rejects.toMatchObject({
      cause: [{ scheme: 'dpop', parameters: { error: 'invalid_token' } }],
    })
  })
})

describe.each(variants)('openid-client %s', (_what, dpop) => {
  it('gets bound tokens, refreshes them and uses them at the API', async () => {
    const { issuer, client: record, api } = await started(dpop)
    const config = await openid.discovery(new URL(issuer), record.id, undefined, openid.None(), {
      algorithm: 'oauth2',
      execute: [openid.allowInsecureRequests],
    })
    const DPoP = openid.getDPoPHandle(config, await openid.randomDPoPKeyPair())
    const pkceCodeVerifier = openid.randomPKCECodeVerifier()
    const url = openid.buildAuthorizationUrl(config, {
      redirect_uri: redirectUri,
      state: 'state',
      code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
      dpop_jkt: await DPoP.calculateThumbprint(),
    })
    const checks = { pkceCodeVerifier, expectedState: 'state' }
    const callback = await allowed(url)
    const first = await openid.authorizationCodeGrant(config, callback, checks, undefined, { DPoP })
    const second = await openid.refreshTokenGrant(config, first.refresh_token!, undefined, { DPoP })
    for (const { access_token: token } of [first, second]) {
      const answer = await openid.fetchProtectedResource(
        config,
        token,
        api,
        'GET',
        undefined,
        undefined,
        { DPoP },
      )
      expect(await answer.json()).toMatchObject({ user: { id: 'user-1' } })
    }
    await expect(openid.refreshTokenGrant(config, second.refresh_token!)).rejects.toMatchObject({
      error: 'invalid_grant',
    })
  })
})

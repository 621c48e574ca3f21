import type * as oauth4webapi from 'oauth4webapi'
import { allow, authorizationRequest, demo, signIn } from './support/flow'
import { esModule } from './support/es-module'
import { type Running, startProvider } from './support/program'
import { Visitor, textOf } from './support/visitor'

const oauth = esModule<typeof oauth4webapi>('oauth4webapi')
const insecure = { [oauth.allowInsecureRequests]: true }
const redirect_uris = ['http://127.0.0.1/callback']

async function discovered({ url }: Running): Promise<oauth4webapi.AuthorizationServer> {
  const issuer = new URL(url)
  const response = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure })
  return oauth.processDiscoveryResponse(issuer, response)
}

async function registered(
  server: oauth4webapi.AuthorizationServer,
  metadata: Partial<oauth4webapi.Client>,
  token?: string,
): Promise<oauth4webapi.OmitSymbolProperties<oauth4webapi.Client>> {
  const response = await oauth.dynamicClientRegistrationRequest(
    server,
    { redirect_uris, ...metadata },
    { ...insecure, ...(token !== undefined && { initialAccessToken: token }) },
  )
  return oauth.processDynamicClientRegistrationResponse(response)
}

describe('with REGISTRATION=open, oauth4webapi', () => {
  let provider: Running
  let server: oauth4webapi.AuthorizationServer

  beforeAll(async () => {
    provider = await startProvider({ REGISTRATION: 'open', ADMIN_USERNAME: demo.username })
    server = await discovered(provider)
  })

  afterAll(() => provider.program.stop())

  it.each([
    ['a public client', 'none', () => oauth.None()],
    ['a client with a secret', 'client_secret_basic', oauth.ClientSecretBasic],
    ['a client with a secret in the body', 'client_secret_post', oauth.ClientSecretPost],
  ])('registers %s, and gets tokens of the user', async (_what, method, authentication) => {
    const client = await registered(server, {
      token_endpoint_auth_method: method,
      grant_types: ['authorization_code', 'refresh_token'],
      client_name: 'Registered app',
    })
    const redirect_uri = 'http://127.0.0.1/callback'
    const { url, verifier, state } = authorizationRequest(server.issuer, {
      client_id: client.client_id,
      redirect_uri,
      scope: 'profile',
    })
    const visitor = new Visitor(server.issuer)
    const { location } = await allow(visitor, await signIn(visitor, url))
    const parameters = oauth.validateAuthResponse(server, client, location!, state)
    const clientAuth = authentication(client.client_secret as string)
    const response = await oauth.authorizationCodeGrantRequest(
      server,
      client,
      clientAuth,
      parameters,
      redirect_uri,
      verifier,
      insecure,
    )
    const tokens = await oauth.processAuthorizationCodeResponse(server, client, response)
    const me = await fetch(`${server.issuer}/api/me`, {
      headers: { Authorization: `Bearer ${tokens.access_token}` },
    })
    expect(await me.json()).toMatchObject({ username: demo.username, client_id: client.client_id })
    const refreshed = await oauth.refreshTokenGrantRequest(
      server,
      client,
      clientAuth,
      tokens.refresh_token!,
      insecure,
    )
    await oauth.processRefreshTokenResponse(server, client, refreshed)
  })

  it('reads why a registration was refused', async () => {
    const refusing = registered(server, { redirect_uris: ['javascript:alert(1)'] })
    await expect(refusing).rejects.toMatchObject({
      status: 400,
      error: 'invalid_redirect_uri',
    })
  })

  it('the administrator sees which clients registered themselves', async () => {
    const { client_id } = await registered(server, { client_name: '<b>Stranger</b>' })
    const visitor = new Visitor(server.issuer)
    await signIn(visitor)
    const list = textOf((await visitor.get('/admin')).html)
    const [before = '', after = ''] = list.split(client_id)
    expect(before).toContain('Stranger')
    expect(after.trim()).toMatch(
      /^Confidential:\s+authorization code\s+Registered itself on \d{4}-\d\d-\d\d: nobody has verified its name/,
    )
    const page = await visitor.get(`/admin/client?id=${client_id}`)
    expect(textOf(page.html)).toMatch(/Registered itself on [\d-]+, never used/)
    expect(page.html).not.toContain('<b>Stranger')
  })
})

it('with REGISTRATION=token, a client needs the initial access token', async () => {
  const token = 'a-random-initial-access-token'
  await using provider = await startProvider({ REGISTRATION: 'token', INITIAL_ACCESS_TOKEN: token })
  const server = await discovered(provider)
  await registered(server, {}, token)
  await expect(registered(server, {})).rejects.toThrow('server responded with a challenge')
  const wrong = registered(server, {}, `${token}x`)
  await expect(wrong).rejects.toThrow('server responded with a challenge')
})

it('by default, no client can register itself', async () => {
  await using provider = await startProvider()
  expect(await discovered(provider)).not.toHaveProperty('registration_endpoint')
  const answer = await fetch(`${provider.url}/oauth/register`, { method: 'POST' })
  expect(answer.status).toBe(404)
})

import type * as openidClient from 'openid-client'
import { authorizationRequest, authorize, demo, signIn } from './support/flow'
import { esModule } from './support/es-module'
import { type Program, startProvider } from './support/program'
import { Visitor } from './support/visitor'

type Configuration = openidClient.Configuration

const client = esModule<typeof openidClient>('openid-client')

let program: Program
let issuer: string
let web: Configuration

beforeAll(async () => {
  ;({ program, url: issuer } = await startProvider())
  web = await discover()
})

afterAll(() => program.stop())

/** Discovers the metadata that the library then checks the provider against. */
function discover(
  id = demo.clientId,
  authentication = client.ClientSecretBasic(demo.clientSecret),
): Promise<Configuration> {
  return client.discovery(new URL(issuer), id, undefined, authentication, {
    algorithm: 'oauth2',
    execute: [client.allowInsecureRequests],
  })
}

/** Has a user allow an authorization request. Returns the callback and its checks. */
async function allowed(changes: Record<string, string> = {}) {
  const { url, verifier, state } = authorizationRequest(issuer, changes)
  const authorizationUrl = client.buildAuthorizationUrl(web, url.searchParams)
  const callback = await authorize(issuer, authorizationUrl)
  return { callback, checks: { pkceCodeVerifier: verifier, expectedState: state } }
}

async function me(token: string): Promise<unknown> {
  const url = new URL('/api/me', issuer)
  return (await client.fetchProtectedResource(web, token, url, 'GET')).json()
}

const refused = (error: string) => expect.objectContaining({ error })

describe('openid-client', () => {
  it('finds every endpoint by discovery', () => {
    expect(web.serverMetadata()).toMatchObject({
      issuer,
      authorization_endpoint: `${issuer}/oauth/authorize`,
      token_endpoint: `${issuer}/oauth/token`,
      revocation_endpoint: `${issuer}/oauth/revoke`,
      introspection_endpoint: `${issuer}/oauth/introspect`,
      authorization_response_iss_parameter_supported: true,
    })
    expect(web.serverMetadata().supportsPKCE()).toBe(true)
  })

  it('gets tokens for a code with PKCE, refreshes them, and uses them', async () => {
    const { callback, checks } = await allowed()
    const first = await client.authorizationCodeGrant(web, callback, checks)
    expect(await me(first.access_token)).toMatchObject({ username: demo.username })
    const second = await client.refreshTokenGrant(web, first.refresh_token ?? '')
    expect(second.refresh_token).not.toBe(first.refresh_token)
    expect(await me(second.access_token)).toMatchObject({ scope: demo.scope })
  })

  it('gets a token of the client', async () => {
    const { access_token } = await client.clientCredentialsGrant(web, { scope: 'profile' })
    expect(await me(access_token)).toMatchObject({ client_id: demo.clientId, id: null })
  })

  it('serves the public client, which has no secret', async () => {
    const spa = await discover(demo.publicClientId, client.None())
    const { callback, checks } = await allowed({ client_id: demo.publicClientId })
    const first = await client.authorizationCodeGrant(spa, callback, checks)
    const second = await client.refreshTokenGrant(spa, first.refresh_token ?? '')
    await client.tokenRevocation(spa, second.refresh_token ?? '')
    await expect(me(second.access_token)).rejects.toMatchObject({ status: 401 })
  })

  it('introspects and revokes: a refresh token with its access token', async () => {
    const { callback, checks } = await allowed()
    const tokens = await client.authorizationCodeGrant(web, callback, checks)
    expect(await client.tokenIntrospection(web, tokens.access_token)).toMatchObject({
      active: true,
      client_id: demo.clientId,
      username: demo.username,
      scope: demo.scope,
    })
    await client.tokenRevocation(web, tokens.refresh_token ?? '')
    expect(await client.tokenIntrospection(web, tokens.access_token)).toEqual({ active: false })
  })

  it('is refused with a wrong secret', async () => {
    const wrong = await discover(demo.clientId, client.ClientSecretBasic('wrong-secret'))
    await expect(client.clientCredentialsGrant(wrong)).rejects.toMatchObject({ status: 401 })
    const inBody = await discover(demo.clientId, client.ClientSecretPost('wrong-secret'))
    await expect(client.clientCredentialsGrant(inBody)).rejects.toMatchObject({ status: 401 })
  })

  it('may send its secret in the body', async () => {
    const inBody = await discover(demo.clientId, client.ClientSecretPost(demo.clientSecret))
    expect(await client.clientCredentialsGrant(inBody)).toHaveProperty('access_token')
  })

  it('is refused with a redeemed code, whose tokens are revoked', async () => {
    const { callback, checks } = await allowed()
    const { access_token } = await client.authorizationCodeGrant(web, callback, checks)
    await expect(client.authorizationCodeGrant(web, callback, checks)).rejects.toEqual(
      refused('invalid_grant'),
    )
    await expect(me(access_token)).rejects.toMatchObject({ status: 401 })
  })

  it('is refused with a wrong verifier', async () => {
    const { callback, checks } = await allowed()
    const wrong = { ...checks, pkceCodeVerifier: client.randomPKCECodeVerifier() }
    await expect(client.authorizationCodeGrant(web, callback, wrong)).rejects.toEqual(
      refused('invalid_grant'),
    )
  })

  it('is refused for an unknown scope', async () => {
    await expect(client.clientCredentialsGrant(web, { scope: 'admin' })).rejects.toEqual(
      refused('invalid_scope'),
    )
    const { url, state } = authorizationRequest(issuer, { scope: 'admin' })
    const { location: callback } = await signIn(new Visitor(issuer), url)
    if (!callback) throw new Error('The request was not answered with a redirect')
    await expect(
      client.authorizationCodeGrant(web, callback, { expectedState: state }),
    ).rejects.toEqual(refused('invalid_scope'))
  })

  it("is refused with another client's token, which stays valid", async () => {
    const { callback, checks } = await allowed()
    const { refresh_token = '' } = await client.authorizationCodeGrant(web, callback, checks)
    const spa = await discover(demo.publicClientId, client.None())
    await expect(client.refreshTokenGrant(spa, refresh_token)).rejects.toEqual(
      refused('invalid_grant'),
    )
    await client.tokenRevocation(spa, refresh_token)
    expect(await client.refreshTokenGrant(web, refresh_token)).toHaveProperty('access_token')
  })
})

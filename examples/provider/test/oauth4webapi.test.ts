import type * as oauth4webapi from 'oauth4webapi'
import { authorizationRequest, authorize, demo, signIn } from './support/flow'
import { esModule } from './support/es-module'
import { type Program, startProvider } from './support/program'
import { Visitor } from './support/visitor'

type AuthorizationServer = oauth4webapi.AuthorizationServer
type TokenEndpointResponse = oauth4webapi.TokenEndpointResponse

const oauth = esModule<typeof oauth4webapi>('oauth4webapi')
const insecure = { [oauth.allowInsecureRequests]: true }
const client = { client_id: demo.clientId }
const publicClient = { client_id: demo.publicClientId }
const secret = oauth.ClientSecretBasic(demo.clientSecret)

let program: Program
let server: AuthorizationServer

beforeAll(async () => {
  const started = await startProvider()
  program = started.program
  server = {
    issuer: started.url,
    authorization_endpoint: `${started.url}/oauth/authorize`,
    token_endpoint: `${started.url}/oauth/token`,
    authorization_response_iss_parameter_supported: true,
  }
})

afterAll(() => program.stop())

/** Returns a validated response of the authorization endpoint. */
async function answer(changes: Record<string, string> = {}) {
  const { url, verifier, state } = authorizationRequest(server.issuer, changes)
  const callback = await authorize(server.issuer, url)
  return { verifier, parameters: oauth.validateAuthResponse(server, client, callback, state) }
}

async function exchange(
  parameters: URLSearchParams,
  verifier: string,
  authentication = secret,
): Promise<TokenEndpointResponse> {
  const { redirectUri } = demo
  return oauth.processAuthorizationCodeResponse(
    server,
    client,
    await oauth.authorizationCodeGrantRequest(
      server,
      client,
      authentication,
      parameters,
      redirectUri,
      verifier,
      insecure,
    ),
  )
}

async function refresh(token: string | undefined): Promise<TokenEndpointResponse> {
  return oauth.processRefreshTokenResponse(
    server,
    client,
    await oauth.refreshTokenGrantRequest(server, client, secret, token ?? '', insecure),
  )
}

async function clientCredentials(
  scope: string,
  authentication = secret,
): Promise<TokenEndpointResponse> {
  return oauth.processClientCredentialsResponse(
    server,
    client,
    await oauth.clientCredentialsGrantRequest(server, client, authentication, { scope }, insecure),
  )
}

async function me(token: string): Promise<unknown> {
  const url = new URL('/api/me', server.issuer)
  const response = await oauth.protectedResourceRequest(
    token,
    'GET',
    url,
    undefined,
    undefined,
    insecure,
  )
  return response.json()
}

describe('authorization code with PKCE', () => {
  it('returns tokens of the user', async () => {
    const { parameters, verifier } = await answer()
    const tokens = await exchange(parameters, verifier)
    expect(tokens).toMatchObject({ token_type: 'bearer', expires_in: 3600, scope: demo.scope })
    expect(await me(tokens.access_token)).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{32}$/),
      username: demo.username,
      client_id: demo.clientId,
      scope: demo.scope,
    })
  })

  it('serves the public client, which has no secret', async () => {
    const { url, verifier, state } = authorizationRequest(server.issuer, publicClient)
    const callback = await authorize(server.issuer, url)
    const response = await oauth.authorizationCodeGrantRequest(
      server,
      publicClient,
      oauth.None(),
      oauth.validateAuthResponse(server, publicClient, callback, state),
      demo.redirectUri,
      verifier,
      insecure,
    )
    const tokens = await oauth.processAuthorizationCodeResponse(server, publicClient, response)
    expect(tokens.refresh_token).toMatch(/^[0-9a-f]{40}$/)
  })

  it('returns a long state with special characters unchanged', async () => {
    const state = 'a+b&c=d%20#?é'.repeat(180)
    const { url } = authorizationRequest(server.issuer, { state })
    const callback = await authorize(server.issuer, url)
    expect(callback.searchParams.get('state')).toBe(state)
  })

  it('refuses a wrong verifier, and invalidates the code', async () => {
    const { parameters, verifier } = await answer()
    const wrong = oauth.generateRandomCodeVerifier()
    await expect(exchange(parameters, wrong)).rejects.toMatchObject({ error: 'invalid_grant' })
    await expect(exchange(parameters, verifier)).rejects.toMatchObject({ error: 'invalid_grant' })
  })

  it('refuses a redeemed code, and revokes its tokens', async () => {
    const { parameters, verifier } = await answer()
    const tokens = await exchange(parameters, verifier)
    await expect(exchange(parameters, verifier)).rejects.toMatchObject({ error: 'invalid_grant' })
    await expect(me(tokens.access_token)).rejects.toMatchObject({ status: 401 })
    await expect(refresh(tokens.refresh_token)).rejects.toMatchObject({ error: 'invalid_grant' })
  })

  it('refuses a wrong secret, and the code stays valid', async () => {
    const { parameters, verifier } = await answer()
    const wrong = oauth.ClientSecretBasic('wrong-secret')
    await expect(exchange(parameters, verifier, wrong)).rejects.toMatchObject({ status: 401 })
    expect(await exchange(parameters, verifier)).toHaveProperty('access_token')
  })

  it('refuses an unknown scope after the user has signed in', async () => {
    const { url, state } = authorizationRequest(server.issuer, { scope: 'profile admin' })
    const { location: callback } = await signIn(new Visitor(server.issuer), url)
    if (!callback) throw new Error('The request was not answered with a redirect')
    expect(() => oauth.validateAuthResponse(server, client, callback, state)).toThrow(
      expect.objectContaining({ error: 'invalid_scope' }),
    )
  })
})

describe('refresh', () => {
  it('returns new tokens of the user with the same scope', async () => {
    const { parameters, verifier } = await answer({ scope: 'profile' })
    const first = await exchange(parameters, verifier)
    const second = await refresh(first.refresh_token)
    expect(second.refresh_token).not.toBe(first.refresh_token)
    expect(await me(second.access_token)).toMatchObject({ username: 'demo', scope: 'profile' })
  })

  it('refuses an old token after its successor was redeemed, and revokes the grant', async () => {
    const { parameters, verifier } = await answer()
    const first = await exchange(parameters, verifier)
    const second = await refresh(first.refresh_token)
    const third = await refresh(second.refresh_token)
    await expect(refresh(first.refresh_token)).rejects.toMatchObject({ error: 'invalid_grant' })
    await expect(refresh(third.refresh_token)).rejects.toMatchObject({ error: 'invalid_grant' })
  })
})

describe('client credentials', () => {
  it.each(['ClientSecretBasic', 'ClientSecretPost'] as const)(
    'may be sent by %s',
    async (method) => {
      const tokens = await clientCredentials('profile', oauth[method](demo.clientSecret))
      expect(tokens).toMatchObject({ token_type: 'bearer', scope: 'profile' })
    },
  )

  it('return a token of the client, without a refresh token', async () => {
    const tokens = await clientCredentials('profile')
    expect(tokens.refresh_token).toBeUndefined()
    expect(await me(tokens.access_token)).toEqual({
      id: null,
      username: null,
      client_id: demo.clientId,
      scope: 'profile',
    })
  })

  it('are refused with a wrong secret', async () => {
    const wrong = oauth.ClientSecretBasic('wrong-secret')
    await expect(clientCredentials('profile', wrong)).rejects.toMatchObject({ status: 401 })
  })

  it('are refused for an unknown scope', async () => {
    await expect(clientCredentials('admin')).rejects.toMatchObject({ error: 'invalid_scope' })
  })
})

import { authorizationRequest, authorize, demo } from './support/flow'
import type * as oauth4webapi from 'oauth4webapi'
import { esModule } from './support/es-module'
import { type Program, startProvider } from './support/program'

const oauth = esModule<typeof oauth4webapi>('oauth4webapi')
const insecure = { [oauth.allowInsecureRequests]: true }
const client = { client_id: demo.clientId }
const secret = oauth.ClientSecretBasic(demo.clientSecret)

let program: Program
let issuer: string

beforeAll(async () => {
  ;({ program, url: issuer } = await startProvider())
})

afterAll(() => program.stop())

/** Discovers the metadata of the provider, as a client does. */
async function discovered() {
  const found = await oauth.discoveryRequest(new URL(issuer), { algorithm: 'oauth2', ...insecure })
  return oauth.processDiscoveryResponse(new URL(issuer), found)
}

async function signedIn(server: Awaited<ReturnType<typeof discovered>>) {
  const { url, verifier, state } = authorizationRequest(issuer)
  const callback = oauth.validateAuthResponse(server, client, await authorize(issuer, url), state)
  const { redirectUri } = demo
  const answer = await oauth.authorizationCodeGrantRequest(
    server,
    client,
    secret,
    callback,
    redirectUri,
    verifier,
    insecure,
  )
  return oauth.processAuthorizationCodeResponse(server, client, answer)
}

async function introspected(server: Awaited<ReturnType<typeof discovered>>, token: string) {
  const answer = await oauth.introspectionRequest(server, client, secret, token, insecure)
  return oauth.processIntrospectionResponse(server, client, answer)
}

describe('the endpoints in the metadata', () => {
  it('a client discovers them, signs a user in, and introspects its token', async () => {
    const server = await discovered()
    const { access_token } = await signedIn(server)
    expect(await introspected(server, access_token)).toMatchObject({
      active: true,
      username: 'demo',
      client_id: demo.clientId,
      aud: issuer,
      iss: issuer,
    })
  })

  it('revoking a refresh token also revokes its access token', async () => {
    const server = await discovered()
    const { access_token, refresh_token = '' } = await signedIn(server)
    const answer = await oauth.revocationRequest(server, client, secret, refresh_token, insecure)
    await oauth.processRevocationResponse(answer)
    expect(await introspected(server, access_token)).toEqual({ active: false })
    expect(await introspected(server, refresh_token)).toEqual({ active: false })
  })

  it('the protected resource names its authorization server', async () => {
    const url = new URL(issuer)
    const answer = await oauth.resourceDiscoveryRequest(url, insecure)
    expect(await oauth.processResourceDiscoveryResponse(url, answer)).toMatchObject({
      authorization_servers: [issuer],
      scopes_supported: demo.scope.split(' '),
    })
  })
})

const preflight = (path: string, from: string) =>
  fetch(`${issuer}${path}`, {
    method: 'OPTIONS',
    headers: {
      Origin: from,
      'Access-Control-Request-Method': 'POST',
      'Access-Control-Request-Headers': 'authorization',
    },
  })

describe('scripts of other origins', () => {
  const origin = new URL(demo.redirectUri).origin

  it.each(['/oauth/token', '/oauth/revoke', '/api/me'])(
    "may call %s from a client's own origin, and from no other",
    async (path) => {
      const allowed = await preflight(path, origin)
      expect(allowed.status).toBe(204)
      expect(allowed.headers.get('access-control-allow-origin')).toBe(origin)
      expect(allowed.headers.get('access-control-allow-headers')).toMatch(/authorization/i)
      const other = await preflight(path, 'https://evil.example')
      expect(other.headers.get('access-control-allow-origin')).toBeNull()
    },
  )

  it('may read the metadata, whatever their origin', async () => {
    const path = '/.well-known/oauth-authorization-server'
    for (const from of [origin, 'https://other.example']) {
      const { headers } = await preflight(path, from)
      expect(headers.get('access-control-allow-origin')).toBe('*')
    }
  })

  it('may read why the resource has refused a request', async () => {
    const { headers } = await fetch(`${issuer}/api/me`, { headers: { Origin: origin } })
    expect(headers.get('access-control-allow-origin')).toBe(origin)
    expect(headers.get('access-control-expose-headers')).toBe('WWW-Authenticate')
  })

  it('may never call the authorization endpoint', async () => {
    const { headers } = await preflight('/oauth/authorize', origin)
    expect(headers.get('access-control-allow-origin')).toBeNull()
  })
})

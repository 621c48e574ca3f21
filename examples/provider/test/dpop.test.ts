import path from 'node:path'
import { calculateJwkThumbprint, exportJWK } from 'jose'
import type * as oauth4webapi from 'oauth4webapi'
import type * as openidClient from 'openid-client'
import { ClientProgram } from '../../clients/test/support/client-program'
import { esModule } from './support/es-module'
import { authorizationRequest, authorize, demo } from './support/flow'
import { type Running, startProvider } from './support/program'

// Tokens that are bound to a key (RFC 9449), by the two libraries.

const oauth = esModule<typeof oauth4webapi>('oauth4webapi')
const client = esModule<typeof openidClient>('openid-client')
const insecure = { [oauth.allowInsecureRequests]: true }
const self: oauth4webapi.Client = { client_id: demo.clientId }
const secret = oauth.ClientSecretBasic(demo.clientSecret)
const api = path.join(__dirname, '../../clients/api.mjs')

type KeyPair = Awaited<ReturnType<typeof oauth.generateKeyPair>>

async function thumbprintOf({ publicKey }: KeyPair): Promise<string> {
  return calculateJwkThumbprint(await exportJWK(publicKey))
}

describe.each([
  ['opaque tokens, without nonces', {}],
  ['opaque tokens, with nonces', { DPOP_NONCE_SECRET: 'a'.repeat(32) }],
  ['signed tokens, without nonces', { ACCESS_TOKEN_FORMAT: 'jwt' }],
  ['signed tokens, with nonces', { ACCESS_TOKEN_FORMAT: 'jwt', DPOP_NONCE_SECRET: 'a'.repeat(32) }],
])('DPoP: %s', (_what, environment: Record<string, string>) => {
  const isSigned = environment['ACCESS_TOKEN_FORMAT'] === 'jwt'
  const hasNonces = environment['DPOP_NONCE_SECRET'] !== undefined
  let provider: Running
  let server: oauth4webapi.AuthorizationServer

  beforeAll(async () => {
    provider = await startProvider(environment)
    const issuer = new URL(provider.url)
    const response = await oauth.discoveryRequest(issuer, { ...insecure, algorithm: 'oauth2' })
    server = await oauth.processDiscoveryResponse(issuer, response)
  })
  afterAll(() => provider.program.stop())

  /** Makes a request, and repeats it once if the server asks for its nonce. */
  async function withNonce<T>(request: () => Promise<T>): Promise<T> {
    try {
      return await request()
    } catch (error) {
      if (!hasNonces || !oauth.isDPoPNonceError(error)) throw error
      return request()
    }
  }

  async function boundToken(keys: KeyPair, handle = oauth.DPoP(self, keys)) {
    return withNonce(async () =>
      oauth.processClientCredentialsResponse(
        server,
        self,
        await oauth.clientCredentialsGrantRequest(
          server,
          self,
          secret,
          { scope: 'profile' },
          { ...insecure, DPoP: handle },
        ),
      ),
    )
  }

  const me = () => new URL('/api/me', provider.url)

  it('oauth4webapi: the token works with a proof of its key, and without one it does not', async () => {
    const keys = await oauth.generateKeyPair('ES256')
    const handle = oauth.DPoP(self, keys)
    const { access_token: token, token_type: type } = await boundToken(keys, handle)
    expect(type).toBe('dpop')
    const options = { ...insecure, DPoP: handle }
    const use = () =>
      oauth.protectedResourceRequest(token, 'GET', me(), undefined, undefined, options)
    expect((await withNonce(use)).status).toBe(200)
    const asBearer = await fetch(me(), { headers: { Authorization: `Bearer ${token}` } })
    expect(asBearer.status).toBe(401)
    const thief = { ...insecure, DPoP: oauth.DPoP(self, await oauth.generateKeyPair('ES256')) }
    const steal = () =>
      oauth.protectedResourceRequest(token, 'GET', me(), undefined, undefined, thief)
    await expect(withNonce(steal)).rejects.toMatchObject({ status: 401 })
  })

  it('names the key in the introspection response', async () => {
    const keys = await oauth.generateKeyPair('ES256')
    const { access_token } = await boundToken(keys)
    const response = await oauth.introspectionRequest(server, self, secret, access_token, insecure)
    expect(await oauth.processIntrospectionResponse(server, self, response)).toMatchObject({
      active: true,
      token_type: 'DPoP',
      cnf: { jkt: await thumbprintOf(keys) },
    })
  })

  it('openid-client: binds the refresh token of a public client too', async () => {
    const config = await client.discovery(
      new URL(provider.url),
      demo.publicClientId,
      undefined,
      client.None(),
      { algorithm: 'oauth2', execute: [client.allowInsecureRequests] },
    )
    const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256'))
    const publicClient = { client_id: demo.publicClientId }
    const { url, verifier, state } = authorizationRequest(provider.url, publicClient)
    const callback = await authorize(provider.url, url)
    const checks = { pkceCodeVerifier: verifier, expectedState: state }
    const first = await client.authorizationCodeGrant(config, callback, checks, undefined, { DPoP })
    const refresh = (handle?: openidClient.DPoPHandle) =>
      client.refreshTokenGrant(config, first.refresh_token!, undefined, { DPoP: handle })
    const thief = client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256'))
    await expect(refresh(thief)).rejects.toMatchObject({ status: 400 })
    await expect(refresh()).rejects.toMatchObject({ status: 400 })
    const { access_token } = await refresh(DPoP)
    const response = await client.fetchProtectedResource(
      config,
      access_token,
      me(),
      'GET',
      undefined,
      undefined,
      { DPoP },
    )
    expect(await response.json()).toMatchObject({ username: demo.username })
  })

  const verifiers = isSigned ? ['introspection', 'jwt'] : ['introspection']
  it.each(verifiers)(
    'api.mjs with VERIFY=%s: does not accept it as a bearer token',
    async (VERIFY) => {
      await using program = new ClientProgram(api, { ISSUER: provider.url, VERIFY })
      const { access_token } = await boundToken(await oauth.generateKeyPair('ES256'))
      const answer = await fetch(`${await program.loopbackUrl()}/photos`, {
        headers: { Authorization: `Bearer ${access_token}` },
      })
      expect(answer.status).toBe(401)
    },
  )
})

describe('a signed token that is bound to a key', () => {
  it('is validated by oauth4webapi in an API, with the proof', async () => {
    await using provider = await startProvider({ ACCESS_TOKEN_FORMAT: 'jwt' })
    const issuer = new URL(provider.url)
    const discovered = await oauth.discoveryRequest(issuer, { ...insecure, algorithm: 'oauth2' })
    const server = await oauth.processDiscoveryResponse(issuer, discovered)
    const keys = await oauth.generateKeyPair('ES256')
    const DPoP = oauth.DPoP(self, keys)
    const { access_token } = await oauth.processClientCredentialsResponse(
      server,
      self,
      await oauth.clientCredentialsGrantRequest(
        server,
        self,
        secret,
        { scope: 'profile' },
        { ...insecure, DPoP },
      ),
    )
    let received: Request | undefined
    await oauth.protectedResourceRequest(
      access_token,
      'GET',
      new URL('https://api.example.com/photos'),
      undefined,
      undefined,
      {
        DPoP,
        [oauth.customFetch]: async (url: string, options: object) => {
          received = new Request(url, options)
          return new Response()
        },
      },
    )
    const options = { ...insecure, requireDPoP: true }
    const claims = await oauth.validateJwtAccessToken(server, received!, provider.url, options)
    expect(claims.cnf).toEqual({ jkt: await thumbprintOf(keys) })
  })
})

import type * as oauth4webapi from 'oauth4webapi'
import type { AuthorizationServer, DeviceAuthorizationResponse } from 'oauth4webapi'
import { compared, consentFor } from './support/device'
import { demo, scopesOf } from './support/flow'
import { esModule } from './support/es-module'
import { type Program, startProvider } from './support/program'
import { Visitor } from './support/visitor'

const oauth = esModule<typeof oauth4webapi>('oauth4webapi')
const insecure = { [oauth.allowInsecureRequests]: true }
const client: oauth4webapi.Client = { client_id: demo.deviceClientId }

let program: Program
let server: AuthorizationServer

beforeAll(async () => {
  const started = await startProvider()
  program = started.program
  const issuer = new URL(started.url)
  const response = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure })
  server = await oauth.processDiscoveryResponse(issuer, response)
})

afterAll(() => program.stop())

async function start(scope = demo.scope): Promise<DeviceAuthorizationResponse> {
  return oauth.processDeviceAuthorizationResponse(
    server,
    client,
    await oauth.deviceAuthorizationRequest(server, client, oauth.None(), { scope }, insecure),
  )
}

async function poll(code: string, options: oauth4webapi.TokenEndpointRequestOptions = insecure) {
  return oauth.processDeviceCodeResponse(
    server,
    client,
    await oauth.deviceCodeGrantRequest(server, client, oauth.None(), code, options),
  )
}

/** Has a user decide about the device. */
async function decide(codes: DeviceAuthorizationResponse, decision: 'allow' | 'deny') {
  const visitor = new Visitor(server.issuer)
  const page = await consentFor(visitor, codes.verification_uri_complete ?? '')
  await visitor.submit(page, { ...compared, granted: scopesOf(page), decision })
}

describe('oauth4webapi on a device', () => {
  it('gets codes and the addresses where the user enters one', async () => {
    const uri = `${server.issuer}/oauth/device`
    const codes = await start()
    expect(codes).toEqual({
      device_code: expect.stringMatching(/^.{40,}$/),
      user_code: expect.stringMatching(/^[B-DF-HJ-NP-TV-XZ]{4}-[B-DF-HJ-NP-TV-XZ]{4}$/),
      verification_uri: uri,
      verification_uri_complete: `${uri}?user_code=${codes.user_code}`,
      expires_in: 600,
      interval: 5,
    })
  })

  it('waits for the user, must not ask too often, and gets tokens once', async () => {
    const codes = await start()
    const { device_code } = codes
    await expect(poll(device_code)).rejects.toMatchObject({ error: 'authorization_pending' })
    await expect(poll(device_code)).rejects.toMatchObject({ error: 'slow_down' })
    await decide(codes, 'allow')
    const tokens = await poll(device_code)
    expect(tokens).toMatchObject({ token_type: 'bearer', expires_in: 3600, scope: demo.scope })
    await expect(poll(device_code)).rejects.toMatchObject({ error: 'invalid_grant' })
    const refresh = oauth.refreshTokenGrantRequest(
      server,
      client,
      oauth.None(),
      tokens.refresh_token ?? '',
      insecure,
    )
    // The code was presented twice, so its grant has ended.
    await expect(
      oauth.processRefreshTokenResponse(server, client, await refresh),
    ).rejects.toMatchObject({ error: 'invalid_grant' })
  })

  it('binds its tokens to a key with DPoP', async () => {
    const codes = await start()
    await decide(codes, 'allow')
    const DPoP = oauth.DPoP(client, await oauth.generateKeyPair('ES256'))
    const tokens = await poll(codes.device_code, { ...insecure, DPoP })
    expect(tokens.token_type).toBe('dpop')
    const url = new URL('/api/me', server.issuer)
    const request = (options: object) =>
      oauth.protectedResourceRequest(tokens.access_token, 'GET', url, undefined, undefined, {
        ...insecure,
        ...options,
      })
    expect(await (await request({ DPoP })).json()).toMatchObject({ username: demo.username })
    await expect(request({})).rejects.toMatchObject({ status: 401 })
  })

  it('is told that the user has denied, each time', async () => {
    const codes = await start()
    await decide(codes, 'deny')
    for (const _ of [1, 2]) {
      await expect(poll(codes.device_code)).rejects.toMatchObject({ error: 'access_denied' })
    }
  })

  it('is refused with an unknown code, and so is a client without the grant type', async () => {
    await expect(poll('unknown')).rejects.toMatchObject({ error: 'invalid_grant' })
    const { device_code } = await start()
    const other: oauth4webapi.Client = { client_id: demo.publicClientId }
    const response = oauth.deviceCodeGrantRequest(
      server,
      other,
      oauth.None(),
      device_code,
      insecure,
    )
    await expect(
      oauth.processDeviceCodeResponse(server, other, await response),
    ).rejects.toMatchObject({ error: 'unauthorized_client' })
  })
})

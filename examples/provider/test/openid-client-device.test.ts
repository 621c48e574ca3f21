import type * as openidClient from 'openid-client'
import { compared, consentFor } from './support/device'
import { demo, scopesOf } from './support/flow'
import { esModule } from './support/es-module'
import { type Program, startProvider } from './support/program'
import { Visitor } from './support/visitor'

const client = esModule<typeof openidClient>('openid-client')

let program: Program
let issuer: string
let device: openidClient.Configuration

beforeAll(async () => {
  ;({ program, url: issuer } = await startProvider())
  device = await discover(demo.deviceClientId)
})

afterAll(() => program.stop())

function discover(id: string, authentication = client.None()): Promise<openidClient.Configuration> {
  return client.discovery(new URL(issuer), id, undefined, authentication, {
    algorithm: 'oauth2',
    execute: [client.allowInsecureRequests],
  })
}

const start = (scope = demo.scope) => client.initiateDeviceAuthorization(device, { scope })

/** Asks at once for the tokens, and then as the library does: every five seconds. */
function poll(codes: Awaited<ReturnType<typeof start>>) {
  return client.pollDeviceAuthorizationGrant(device, codes)
}

/** Has a user decide about the device. */
async function decide(codes: Awaited<ReturnType<typeof start>>, decision: 'allow' | 'deny') {
  const visitor = new Visitor(issuer)
  const page = await consentFor(visitor, codes.verification_uri_complete ?? '')
  await visitor.submit(page, { ...compared, granted: scopesOf(page), decision })
}

describe('openid-client on a device', () => {
  it('finds the endpoint by discovery', () => {
    expect(device.serverMetadata()).toMatchObject({
      device_authorization_endpoint: `${issuer}/oauth/device_authorization`,
      grant_types_supported: expect.arrayContaining([
        'urn:ietf:params:oauth:grant-type:device_code',
      ]),
    })
  })

  it('waits for the user, gets tokens, refreshes and uses them', async () => {
    const codes = await start()
    const waiting = poll(codes)
    await decide(codes, 'allow')
    const first = await waiting
    expect(first).toMatchObject({ token_type: 'bearer', scope: demo.scope })
    const second = await client.refreshTokenGrant(device, first.refresh_token ?? '')
    const url = new URL('/api/me', issuer)
    const me = await client.fetchProtectedResource(device, second.access_token, url, 'GET')
    expect(await me.json()).toMatchObject({
      username: demo.username,
      client_id: demo.deviceClientId,
    })
  })

  it('is told that the user has denied', async () => {
    const codes = await start()
    await decide(codes, 'deny')
    await expect(poll(codes)).rejects.toMatchObject({ error: 'access_denied' })
  })

  it('is refused for an unknown scope, and for a client without the grant type', async () => {
    await expect(start('admin')).rejects.toMatchObject({ error: 'invalid_scope' })
    const other = await discover(demo.publicClientId)
    await expect(
      client.initiateDeviceAuthorization(other, { scope: 'profile' }),
    ).rejects.toMatchObject({ error: 'unauthorized_client' })
  })
})

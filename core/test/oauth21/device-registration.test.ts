import request from 'supertest'
import { deviceGrant, deviceProvider } from '../support/devices'

describe('RFC 7591: a device that registers itself', () => {
  const registration = { scopes: ['profile'], open: true as const, grantTypes: [deviceGrant] }
  const metadata = {
    client_name: 'Television',
    grant_types: [deviceGrant],
    token_endpoint_auth_method: 'none',
    scope: 'profile',
  }

  it('needs no redirect URI, and gets its codes', async () => {
    const { app } = await deviceProvider({ registration })
    const { status, body } = await request(app).post('/oauth/register').send(metadata)
    expect({ status, ...body }).toMatchObject({ status: 201, grant_types: [deviceGrant] })
    const begun = await request(app)
      .post('/oauth/device_authorization')
      .type('form')
      .send({ client_id: body.client_id as string })
    expect(begun.status).toBe(200)
  })

  it('is refused if the server does not allow it', async () => {
    const allowed = { ...registration, grantTypes: ['authorization_code'] }
    const { app } = await deviceProvider({ registration: allowed })
    const { status, body } = await request(app).post('/oauth/register').send(metadata)
    expect({ status, ...body }).toMatchObject({ status: 400, error: 'invalid_client_metadata' })
  })
})

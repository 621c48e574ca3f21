import { begin, codes, decide, deviceProvider, open, outcome, poll } from '../support/devices'
import { issuer } from '../support/provider'

describe('the device authorization endpoint (RFC 8628 3.1)', () => {
  it('returns codes, and the page for them', async () => {
    const provider = await deviceProvider()
    const { status, body, headers } = await begin(provider)
    expect(status).toBe(200)
    expect(headers['cache-control']).toBe('no-store')
    expect(body).toEqual({
      device_code: expect.stringMatching(/^[\da-f]{64}$/),
      user_code: expect.stringMatching(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/),
      verification_uri: `${issuer}/oauth/device`,
      verification_uri_complete: `${issuer}/oauth/device?user_code=${body.user_code}`,
      expires_in: 600,
      interval: 5,
    })
  })
})

describe('a device', () => {
  it('gets tokens once the user has allowed it', async () => {
    const provider = await deviceProvider()
    const { device_code, user_code } = await codes(provider)
    expect(outcome(await poll(provider, device_code))).toBe('400 authorization_pending')
    expect((await open(provider, user_code)).text).toBe('consent')
    expect((await decide(provider, user_code, { allow: true })).text).toBe('allowed')
    const { status, body } = await poll(provider, device_code)
    expect(status).toBe(200)
    expect(body).toMatchObject({ token_type: 'Bearer', scope: 'profile email' })
    expect(body).toHaveProperty('refresh_token')
  })

  it('gets access_denied once the user has denied it', async () => {
    const provider = await deviceProvider()
    const { device_code, user_code } = await codes(provider)
    expect((await decide(provider, user_code, { allow: false })).text).toBe('denied')
    expect(outcome(await poll(provider, device_code))).toBe('400 access_denied')
    expect((await decide(provider, user_code, { allow: true })).text).toBe('unknown')
    expect(outcome(await poll(provider, device_code))).toBe('400 access_denied')
  })
})

import type { Model } from '@oauth2-kit/core'
import request from 'supertest'
import { expresses } from '../support/express'
import { type V2App, askForToken, refusal, seen, v2App } from '../support/v2-app'

type GenerateToken = NonNullable<Model['generateToken']>
type Made = Parameters<Parameters<GenerateToken>[2]>[1]

function grant({ app, credentials }: V2App) {
  return askForToken(app, { grant_type: 'client_credentials', ...credentials })
}

function authorize({ app, client }: V2App) {
  return request(app).get('/oauth/authorize').query({
    response_type: 'code',
    client_id: client.clientId,
    redirect_uri: client.redirectUri,
  })
}

describe.each(expresses)('v2 on $version: generateToken', ({ express }) => {
  const making = (make: (type: string) => unknown) =>
    v2App(express, {
      model: { generateToken: (type, _request, callback) => callback(null, make(type) as Made) },
    })

  it('generates the tokens, each with its type', async () => {
    const server = making((type) => `my-${type}`)
    const { body } = await grant(server)
    expect(body).toMatchObject({
      access_token: 'my-accessToken',
      refresh_token: 'my-refreshToken',
    })
    expect(server.argsOf('saveAccessToken')[0]).toBe('my-accessToken')
    expect(server.argsOf('saveRefreshToken')[0]).toBe('my-refreshToken')
    expect(server.called().slice(-4)).toEqual([
      'generateToken',
      'saveAccessToken',
      'generateToken',
      'saveRefreshToken',
    ])
  })

  it('generates the code, with the type authorization_code', async () => {
    const server = making((type) => `my-${type}`)
    const { headers } = await authorize(server)
    expect(headers['location']).toBe(`${server.client.redirectUri}?code=my-authorization_code`)
    expect(server.argsOf('saveAuthCode')[0]).toBe('my-authorization_code')
    expect(server.argsOf('generateToken')[0]).toBe('authorization_code')
  })

  it.each([[null], [undefined], [false], [''], [0]])(
    'uses the default if it returns %p',
    async (nothing) => {
      const server = making(() => nothing)
      const { body } = await grant(server)
      expect(body.access_token).toMatch(/^[0-9a-f]{40}$/)
      expect(body.refresh_token).toMatch(/^[0-9a-f]{40}$/)
      expect(server.argsOf('saveAccessToken')[0]).toBe(body.access_token)
      const location = new URL((await authorize(server)).headers['location'] ?? '')
      expect(location.searchParams.get('code')).toMatch(/^[0-9a-f]{40}$/)
    },
  )

  it('may return an object with earlier tokens, which are not saved again', async () => {
    const earlier = { accessToken: 'earlier-access', refreshToken: 'earlier-refresh' }
    const server = making(() => earlier)
    const answer = await grant(server)
    expect(answer.status).toBe(200)
    expect(answer.body).toEqual({
      token_type: 'bearer',
      access_token: 'earlier-access',
      expires_in: 3600,
      refresh_token: 'earlier-refresh',
    })
    expect(server.called()).not.toContain('saveAccessToken')
    expect(server.called()).not.toContain('saveRefreshToken')
  })

  it('may return an earlier access token with a new refresh token', async () => {
    const server = making((type) => type === 'accessToken' && { accessToken: 'earlier-access' })
    const { body } = await grant(server)
    expect(body.access_token).toBe('earlier-access')
    expect(server.called()).not.toContain('saveAccessToken')
    expect(server.argsOf('saveRefreshToken')[0]).toBe(body.refresh_token)
  })

  it.each([
    [{}],
    [{ accessToken: '' }],
    [{ accessToken: 7 }],
    [{ refreshToken: 'r' }],
    [7],
    [true],
  ])(
    'is a server_error, and nothing is saved, if it returns %j as an access token',
    async (made) => {
      const server = making(() => made)
      expect(seen(await grant(server))).toEqual(refusal(503, 'server_error'))
      expect(server.called()).not.toContain('saveAccessToken')
      expect(server.called()).not.toContain('saveRefreshToken')
    },
  )

  it('receives the client and the user in the request', async () => {
    const found: unknown[] = []
    const generateToken: GenerateToken = (_type, req, callback) => {
      found.push([req.oauth.client, req.user, req.method, req.body.grant_type])
      callback()
    }
    const server = v2App(express, { model: { generateToken } })
    expect((await grant(server)).status).toBe(200)
    const expected = [server.client, server.user, 'POST', 'client_credentials']
    expect(found).toEqual([expected, expected])
  })

  it('that fails is a server_error, and nothing is saved', async () => {
    const server = v2App(express, {
      model: { generateToken: (_type, _req, callback) => callback(new Error('No entropy')) },
    })
    expect(seen(await grant(server))).toEqual(refusal(503, 'server_error'))
    expect(server.called().at(-1)).toBe('generateToken')
  })
})

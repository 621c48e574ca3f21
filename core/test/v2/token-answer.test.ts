import request from 'supertest'
import { expresses } from '../support/express'
import { askForToken, seen, v2App } from '../support/v2-app'

const form = { grant_type: 'client_credentials' }
const token = /^[0-9a-f]{40}$/

describe.each(expresses)('v2 on $version: the token response', ({ express }) => {
  it('has token_type, access_token, expires_in and refresh_token, and is not cached', async () => {
    const { app, credentials } = v2App(express)
    const answer = await askForToken(app, { ...form, ...credentials })
    expect(seen(answer)).toEqual({
      status: 200,
      headers: { 'cache-control': 'no-store', pragma: 'no-cache' },
      body: {
        token_type: 'bearer',
        access_token: expect.stringMatching(token),
        expires_in: 3600,
        refresh_token: expect.stringMatching(token),
      },
    })
    expect(Object.keys(answer.body)).toEqual([
      'token_type',
      'access_token',
      'expires_in',
      'refresh_token',
    ])
  })

  it('has no refresh_token, and saves none, unless refresh_token is in `grants`', async () => {
    const { app, called, credentials } = v2App(express, { grants: ['client_credentials'] })
    const { body } = await askForToken(app, { ...form, ...credentials })
    expect(Object.keys(body)).toEqual(['token_type', 'access_token', 'expires_in'])
    expect(called()).not.toContain('saveRefreshToken')
  })

  it('has the tokens that were saved, for this client', async () => {
    const { app, argsOf, client, credentials } = v2App(express)
    const { body } = await askForToken(app, { ...form, ...credentials })
    expect(argsOf('saveAccessToken').slice(0, 2)).toEqual([body.access_token, client.clientId])
    expect(argsOf('saveRefreshToken').slice(0, 2)).toEqual([body.refresh_token, client.clientId])
  })

  it('has different tokens each time', async () => {
    const { app, credentials } = v2App(express)
    const tokens = new Set<string>()
    for (let time = 1; time <= 5; time++) {
      const { body } = await askForToken(app, { ...form, ...credentials })
      tokens.add(body.access_token).add(body.refresh_token)
    }
    expect(tokens.size).toBe(10)
  })

  it('ignores unknown parameters, including scope', async () => {
    const { app, credentials } = v2App(express)
    const unknown = { scope: 'read write', resource: 'https://api.example', 'x.y': ['1', '2'] }
    const { status, body } = await askForToken(app, { ...form, ...credentials, ...unknown })
    expect(status).toBe(200)
    expect(body).not.toHaveProperty('scope')
  })

  it('security 24: is JSON and never JSONP', async () => {
    const { app, credentials } = v2App(express)
    app.set('jsonp callback name', 'callback')
    const answer = await request(app)
      .post('/oauth/token?callback=steal')
      .type('form')
      .send({ ...form, ...credentials, callback: 'steal' })
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8')
    expect(Object.keys(JSON.parse(answer.text))).toContain('access_token')
  })

  it('security 24: has no stack, cause or token after a failure', async () => {
    const { app, credentials } = v2App(express, {
      model: {
        saveAccessToken: (_token, _id, _expires, _user, callback) =>
          callback(new Error('duplicate key value violates unique constraint "tokens"')),
      },
    })
    const { status, text } = await askForToken(app, { ...form, ...credentials })
    expect(status).toBe(503)
    expect(text).toBe('{"code":503,"error":"server_error","error_description":"server_error"}')
  })

  it('has an access token that is accepted, and a refresh token that can be redeemed', async () => {
    const { app, user, credentials } = v2App(express)
    const { body: first } = await askForToken(app, { ...form, ...credentials })
    const { refresh_token } = first
    const renewed = await askForToken(app, {
      grant_type: 'refresh_token',
      refresh_token,
      ...credentials,
    })
    for (const { access_token } of [first, renewed.body]) {
      const answer = await request(app).get('/').auth(access_token, { type: 'bearer' })
      expect(answer.body.user).toEqual(user)
    }
  })
})

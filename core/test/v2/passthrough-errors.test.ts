import oauthserver from '@oauth2-kit/core'
import request from 'supertest'
import { expresses } from '../support/express'
import { askForToken, v2App } from '../support/v2-app'

const { OAuth2Error } = oauthserver
const failure = new Error('The database is away')

describe.each(expresses)('v2 on $version: passthroughErrors', ({ express }) => {
  it('leaves the errors of authorise() to the application', async () => {
    const { app, passed } = v2App(express, { passthroughErrors: true })
    const { status, text } = await request(app).get('/')
    expect([status, text]).toEqual([500, 'passed on'])
    expect(passed).toEqual([expect.any(OAuth2Error)])
    expect(passed[0]).toMatchObject({ code: 400, message: 'The access token was not found' })
  })

  it('leaves the errors of grant() to the application', async () => {
    const { app, passed } = v2App(express, { passthroughErrors: true })
    expect((await askForToken(app, {})).text).toBe('passed on')
    expect(passed[0]).toMatchObject({
      error: 'invalid_request',
      error_description: 'Invalid or missing grant_type parameter',
    })
  })

  it('leaves the errors of authCodeGrant() to the application, without a redirect', async () => {
    const { app, passed, client } = v2App(express, {
      passthroughErrors: true,
      check: (_req, next) => next(null, false),
    })
    const { status, headers } = await request(app).get('/oauth/authorize').query({
      response_type: 'code',
      client_id: client.clientId,
      redirect_uri: client.redirectUri,
    })
    expect(status).toBe(500)
    expect(headers).not.toHaveProperty('location')
    expect(passed[0]).toMatchObject({ error: 'access_denied', code: 500 })
  })

  it('keeps the error of a model as the cause of the error', async () => {
    const { app, passed } = v2App(express, {
      passthroughErrors: true,
      model: { getAccessToken: (_token, callback) => callback(failure) },
    })
    await request(app).get('/?access_token=a').expect(500)
    expect(passed[0]).toBeInstanceOf(OAuth2Error)
    expect(passed[0]).toMatchObject({
      code: 503,
      error: 'server_error',
      error_description: 'server_error',
      message: failure.message,
      stack: failure.stack,
      cause: failure,
    })
  })

  it('passes on an OAuth2Error of a model unchanged', async () => {
    const error = OAuth2Error('invalid_token', 'Signed out')
    const { app, passed } = v2App(express, {
      passthroughErrors: true,
      model: { getAccessToken: (_token, callback) => callback(error) },
    })
    await request(app).get('/?access_token=a').expect(500)
    expect(passed).toEqual([error])
    expect(passed[0]).toBe(error)
  })

  it('changes nothing for a request that succeeds', async () => {
    const { app, credentials, passed } = v2App(express, { passthroughErrors: true })
    const form = { grant_type: 'client_credentials', ...credentials }
    expect((await askForToken(app, form)).status).toBe(200)
    expect(passed).toEqual([])
  })
})

describe.each(expresses)('v2 on $version: without passthroughErrors', ({ express }) => {
  it('an OAuth2Error of a model is sent to the client', async () => {
    const error = OAuth2Error('invalid_token', 'Signed out')
    const { app, passed } = v2App(express, {
      model: { getAccessToken: (_token, callback) => callback(error) },
    })
    const { status, body } = await request(app).get('/?access_token=a')
    expect([status, body.error_description]).toEqual([401, 'Signed out'])
    expect(passed).toEqual([])
  })

  it.each([['text'], [7], [true], [{ message: 'object' }]])(
    'an error of a model that is not an OAuth2Error is a server_error: %j',
    async (error) => {
      const { app } = v2App(express, {
        model: { getAccessToken: (_token, callback) => callback(error) },
      })
      const { status, body } = await request(app).get('/?access_token=a')
      expect([status, body.error_description]).toEqual([503, 'server_error'])
    },
  )
})

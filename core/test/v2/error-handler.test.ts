import oauthserver from '@oauth2-kit/core'
import type { ErrorRequestHandler, RequestHandler } from 'express'
import request from 'supertest'
import { type App, expresses } from '../support/express'
import { refusal, seen, v2App } from '../support/v2-app'

const { OAuth2Error } = oauthserver

const sendMessage: ErrorRequestHandler = (error: Error, _req, res, _next) => {
  res.status(418).json({ own: error.message })
}

describe.each(expresses)('v2 on $version: errorHandler()', ({ express }) => {
  /** An app with one route, errorHandler() and its own error handler. */
  function appThat(handler: RequestHandler, options: { passthroughErrors?: boolean } = {}): App {
    const { oauth } = v2App(express, options)
    const app = express()
    app.get('/', handler)
    app.use(oauth.errorHandler())
    app.use(sendMessage)
    return app
  }

  it.each([
    ['invalid_client', 400],
    ['invalid_grant', 400],
    ['invalid_request', 400],
    ['invalid_token', 401],
    ['server_error', 503],
    ['access_denied', 500],
  ])('sends an OAuth2Error %s with %d, its body and its headers', async (error, code) => {
    const app = appThat((_req, _res, next) => next(new OAuth2Error(error, 'Why')))
    const answer = await request(app).get('/')
    expect(seen(answer)).toEqual(refusal(code, error, 'Why'))
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8')
  })

  it("sends the error's own status and headers if they were changed", async () => {
    const error = Object.assign(OAuth2Error('slow_down', 'Too many'), { code: 429 })
    error.headers['Retry-After'] = '7'
    const { status, headers, body } = await request(appThat((_req, _res, next) => next(error))).get(
      '/',
    )
    expect(status).toBe(429)
    expect(headers['retry-after']).toBe('7')
    expect(body).toEqual({ code: 429, error: 'slow_down', error_description: 'Too many' })
  })

  it("sends neither the message nor the stack of the error's cause", async () => {
    const error = OAuth2Error('server_error', false, new Error('password=hunter2'))
    const answer = await request(appThat((_req, _res, next) => next(error))).get('/')
    expect(seen(answer)).toEqual(refusal(503, 'server_error'))
    expect(answer.text).not.toMatch(/hunter2|\bat \S+:\d+/)
  })

  it('does not modify the error', async () => {
    const error = OAuth2Error('invalid_token', 'Gone')
    const { stack } = error
    await request(appThat((_req, _res, next) => next(error)))
      .get('/')
      .expect(401)
    expect(error).toMatchObject({ stack, message: 'Gone', name: 'OAuth2Error' })
  })

  it.each([
    ['an Error', new Error('mine')],
    ['a similar object', { name: 'OAuth2Error', code: 400, error: 'x', message: 'mine' }],
  ])('passes on an error that is not an OAuth2Error: %s', async (_what, error) => {
    const answer = await request(appThat((_req, _res, next) => next(error))).get('/')
    expect([answer.status, answer.body]).toEqual([418, { own: 'mine' }])
  })

  it('passes on every error if passthroughErrors is set', async () => {
    const error = OAuth2Error('invalid_token', 'Gone')
    const app = appThat((_req, _res, next) => next(error), { passthroughErrors: true })
    const answer = await request(app).get('/')
    expect([answer.status, answer.body]).toEqual([418, { own: 'Gone' }])
  })

  it('passes on an error that comes after the response has begun', async () => {
    const { oauth } = v2App(express)
    const app = express()
    const passed: unknown[] = []
    const error = OAuth2Error('invalid_token')
    app.get('/', (_req, res, next) => {
      res.write('begun')
      next(error)
    })
    const end: ErrorRequestHandler = (late, _req, res, _next) => {
      passed.push(late)
      res.end()
    }
    app.use(oauth.errorHandler(), end)
    const { status, text } = await request(app).get('/')
    expect([status, text]).toEqual([200, 'begun'])
    expect(passed).toEqual([error])
  })
})

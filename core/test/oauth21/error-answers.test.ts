import oauthserver from '@oauth2-kit/core'
import type { ErrorRequestHandler } from 'express'
import request from 'supertest'
import { expresses } from '../support/express'
import { around } from './around'
import {
  askForToken,
  authorizationRequest,
  authorize,
  exchange,
  getCode,
  me,
  provider,
  redirected,
  refusal,
  signIn,
} from '../support/provider'

const browser = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'

describe.each(expresses)('error responses on $version', ({ express }) => {
  it('a browser at the authorization endpoint gets a page that cannot be framed', async () => {
    const at = await provider(express)
    const { parameters } = authorizationRequest(at.web, { client_id: 'nobody' })
    const { status, headers, text } = await authorize(at, parameters).set('Accept', browser)
    expect(status).toBe(400)
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': expect.stringContaining("frame-ancestors 'none'"),
      'x-frame-options': 'DENY',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    })
    expect(headers).not.toHaveProperty('access-control-allow-origin')
    expect(text).toContain('<code>invalid_request</code>: The client is unknown')
  })

  it('every other caller gets JSON', async () => {
    const at = await provider(express)
    const { parameters } = authorizationRequest(at.web, { client_id: 'nobody' })
    for (const accept of ['application/json', '*/*']) {
      const answer = await authorize(at, parameters).set('Accept', accept)
      expect(answer.headers['content-type']).toBe('application/json; charset=utf-8')
      expect(answer.body).toEqual({
        error: 'invalid_request',
        error_description: 'The client is unknown',
      })
    }
  })

  it('the token endpoint and a resource send JSON to a browser too', async () => {
    const at = await provider(express)
    const refused = await askForToken(at, at.web, {}).set('Accept', browser)
    expect(refused.headers['content-type']).toMatch('application/json')
    const missing = await me(at, 'unknown').set('Accept', browser)
    expect(missing.headers['content-type']).toMatch('application/json')
  })

  it('the error page reports a server error if the store fails', async () => {
    const at = await provider(express, {
      through: (store) =>
        around(store, ({ name, proceed }) =>
          name === 'getClient' ? Promise.reject(new Error('secret details')) : proceed(),
        ),
    })
    const { parameters } = authorizationRequest(at.web)
    const { status, text } = await authorize(at, parameters).set('Accept', browser)
    expect(status).toBe(503)
    expect(text).toContain('Signing in is not possible right now')
    expect(text).not.toContain('secret details')
  })

  it('debug receives every error that is sent, with its cause', async () => {
    const reported: Error[] = []
    const cause = new Error('The database is away')
    const at = await provider(express, {
      debug: (error) => reported.push(error),
      through: (store) =>
        around(store, ({ name, proceed }) =>
          name === 'issue' ? Promise.reject(cause) : proceed(),
        ),
    })
    await askForToken(at, at.web, { grant_type: 'client_credentials' })
    await askForToken(at, at.web, {})
    await me(at, 'unknown')
    await authorize(at, authorizationRequest(at.web).parameters)
    expect(reported.map((error) => (error as Error & { error: string }).error)).toEqual([
      'temporarily_unavailable',
      'invalid_request',
      'invalid_token',
      'temporarily_unavailable',
    ])
    expect(reported[0]?.cause).toBe(cause)
  })

  it('a debug function that throws does not change the response', async () => {
    const log = jest.spyOn(console, 'error').mockImplementation(() => {})
    const at = await provider(express, {
      debug: () => {
        throw new Error('The log is full')
      },
    })
    expect((await me(at, 'unknown')).status).toBe(401)
    expect(log).toHaveBeenCalledTimes(1)
    log.mockRestore()
  })

  it('passthroughErrors leaves every error to the application', async () => {
    const at = await provider(express, { passthroughErrors: true })
    const { parameters } = authorizationRequest(at.web, { scope: 'admin' })
    const answers = [
      await askForToken(at, at.web, {}),
      await me(at, 'unknown'),
      await authorize(at, parameters),
      await authorize(at, { client_id: 'nobody', redirect_uri: 'https://a.example' }),
    ]
    expect(answers.map(({ status, text }) => [status, text])).toEqual(
      answers.map(() => [500, 'passed on']),
    )
    expect(at.passed).toMatchObject([
      { name: 'OAuth2Error', code: 400, error: 'invalid_request' },
      { name: 'OAuth2Error', code: 401, error: 'invalid_token' },
      { name: 'OAuth2Error', code: 400, error: 'invalid_scope' },
      { name: 'OAuth2Error', code: 400, error: 'invalid_request' },
    ])
  })

  it('passthroughErrors does not affect successful requests', async () => {
    const at = await provider(express, { passthroughErrors: true })
    const { access_token } = await signIn(at, at.web)
    expect((await me(at, access_token)).status).toBe(200)
    expect(at.passed).toEqual([])
  })

  it('continueAfterResponse calls the next handler after tokens, redirects, errors', async () => {
    const at = await provider(express, { continueAfterResponse: true })
    const after: string[] = []
    const app = express()
    app.use(at.app)
    app.use((req, res, _next) => {
      after.push(`${req.path} ${res.statusCode} ${res.headersSent}`)
    })
    const front = { ...at, app }
    await signIn(front, at.web)
    await askForToken(front, at.web, {})
    expect(after).toEqual([
      '/oauth/authorize 302 true',
      '/oauth/token 200 true',
      '/oauth/token 400 true',
    ])
  })

  it('without continueAfterResponse, no handler is called after a response', async () => {
    const at = await provider(express)
    let after = 0
    const app = express()
    app.use(at.app)
    app.use((_req, res) => {
      after++
      res.end()
    })
    await signIn({ ...at, app }, at.web)
    expect(after).toBe(0)
  })

  it('errorHandler() responds to OAuth errors of the application, passes on others', async () => {
    const at = await provider(express)
    const passed: unknown[] = []
    const app = express()
    app.get('/oauth', () => {
      throw new oauthserver.OAuth2Error('invalid_request', 'No such photo')
    })
    app.get('/other', () => {
      throw new Error('Not ours')
    })
    app.use(at.oauth.errorHandler())
    const passOn: ErrorRequestHandler = (error, _req, res, _next) => {
      passed.push(error)
      res.status(500).end()
    }
    app.use(passOn)
    const answer = await request(app).get('/oauth')
    expect(answer.body).toEqual({ error: 'invalid_request', error_description: 'No such photo' })
    expect(answer.status).toBe(400)
    expect((await request(app).get('/other')).status).toBe(500)
    expect(passed).toMatchObject([{ message: 'Not ours' }])
  })

  it('redirects an authorization error to the client, regardless of Accept', async () => {
    const at = await provider(express)
    const { parameters } = authorizationRequest(at.web, { scope: 'admin' })
    const answer = await authorize(at, parameters).set('Accept', browser)
    expect(redirected(answer)).toMatchObject({ error: 'invalid_scope' })
  })

  it('sends nothing if the application has already responded', async () => {
    const at = await provider(express)
    const code = await getCode(at, at.web)
    const app = express()
    app.use((_req, res, next) => {
      next()
      res.status(418).end('first')
    })
    app.use(at.app)
    const answer = await exchange({ ...at, app }, at.web, code)
    expect([answer.status, answer.text]).toEqual([418, 'first'])
    expect(refusal(await exchange(at, at.web, code)).error).toBe('invalid_grant')
  })
})

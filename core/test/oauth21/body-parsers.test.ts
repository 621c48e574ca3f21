import type { RequestHandler } from 'express'
import request from 'supertest'
import { expresses } from '../support/express'
import {
  askForToken,
  authorizationRequest,
  provider,
  redirected,
  refresh,
  refusal,
  signIn,
  tokensOf,
} from '../support/provider'

/** Delays a request, like middleware that looks up a session. */
const pause: RequestHandler = (_req, _res, next) => {
  setTimeout(next, 20)
}

/** Reads the body, and drops it. */
const drop: RequestHandler = (req, _res, next) => {
  req.resume().on('end', () => next())
}

describe.each(expresses)('forms on $version', ({ express }) => {
  const parsers: [what: string, before: RequestHandler[]][] = [
    ['no body parser', []],
    ['express.urlencoded({ extended: false })', [express.urlencoded({ extended: false })]],
    ['express.urlencoded({ extended: true })', [express.urlencoded({ extended: true })]],
    ['express.json() alone', [express.json()]],
    ['both', [express.json(), express.urlencoded({ extended: true })]],
  ]

  it.each(parsers)('code, tokens and refresh work with %s', async (_what, before) => {
    const at = await provider(express, { before })
    const basic = await signIn(at, at.web)
    tokensOf(await refresh(at, at.web, basic.refresh_token))
    const { refresh_token } = await signIn(at, at.post)
    expect((await refresh(at, at.post, refresh_token)).status).toBe(200)
  })

  it.each(parsers)('an authorization request may be posted with %s', async (_what, before) => {
    const at = await provider(express, { before })
    const { parameters } = authorizationRequest(at.web)
    const posted = await request(at.app).post('/oauth/authorize').type('form').send(parameters)
    expect(redirected(posted)).toHaveProperty('code')
  })

  const raw = {
    'express.text()': express.text({ type: '*/*', limit: '1mb' }),
    'express.raw()': express.raw({ type: '*/*', limit: '1mb' }),
  }
  it.each(Object.entries(raw))('parses a body that %s has read', async (_name, parser) => {
    const at = await provider(express, { before: [parser, pause] })
    const own = { grant_type: 'client_credentials' }
    expect(tokensOf(await askForToken(at, at.web, { ...own, scope: 'email' })).scope).toBe('email')
    const { refresh_token } = await signIn(at, at.web)
    tokensOf(await refresh(at, at.web, refresh_token))
  })

  it.each(Object.entries(raw))('refuses a bad form that %s has read', async (_name, parser) => {
    const at = await provider(express, { before: [parser] })
    const send = (body: string) =>
      request(at.app).post('/oauth/token').auth(at.web.id, at.web.secret!).type('form').send(body)
    const own = 'grant_type=client_credentials'
    for (const body of [`${own}&scope=%zz`, `${own}&${own}`, `${own}&x=${'a'.repeat(102_400)}`]) {
      expect(refusal(await send(body))).toEqual({ status: 400, error: 'invalid_request' })
    }
  })

  it('refuses a body that other middleware has read and dropped, without waiting', async () => {
    const at = await provider(express, { before: [drop, pause] })
    const answer = await askForToken(at, at.web, { grant_type: 'client_credentials' })
    expect(refusal(answer)).toEqual({ status: 400, error: 'invalid_request' })
  })

  it('the token endpoint sets req.body for the handlers after it', async () => {
    const at = await provider(express, { continueAfterResponse: true })
    let body: unknown
    const app = express()
    app.use(at.app)
    app.use((req, _res, _next) => {
      body = req.body
    })
    const { refresh_token } = await signIn(at, at.web)
    await refresh({ ...at, app }, at.web, refresh_token)
    expect(body).toMatchObject({ grant_type: 'refresh_token', refresh_token })
  })

  it('the bearer check leaves the body to the application', async () => {
    const at = await provider(express)
    const { access_token } = await signIn(at, at.web)
    const app = express()
    app.post('/', at.oauth.authorise(), express.json(), (req, res) => {
      res.json(req.body)
    })
    const answer = await request(app)
      .post('/')
      .set('Authorization', `Bearer ${access_token}`)
      .send({ title: 'A photo' })
    expect(answer.body).toEqual({ title: 'A photo' })
  })
})

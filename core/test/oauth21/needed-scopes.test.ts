import { InvalidRequestError } from '@oauth2-kit/core'
import type { Request as ExpressRequest } from 'express'
import request, { type Test } from 'supertest'
import { expresses } from '../support/express'
import { layers } from '../support/layers'
import { type Differences, issuer, me, provider, refusal, signIn } from '../support/provider'

const challengeOf = (answer: { headers: Record<string, string> }) =>
  answer.headers['www-authenticate']

const byMethod = async ({ method }: ExpressRequest) =>
  method === 'GET' ? 'profile' : ['profile', 'email']

describe.each(layers)('RFC 6750 3: the challenge of a resource on $version', ({ layer }) => {
  it('names the scopes of the resource if the request has no token', async () => {
    const at = await provider({ layer })
    const answer = await request(at.app).get('/api/email')
    expect([answer.status, answer.body]).toEqual([401, {}])
    expect(challengeOf(answer)).toBe('Bearer scope="email"')
  })

  it('names them if the token is invalid', async () => {
    const at = await provider({ layer })
    const answer = await request(at.app).get('/api/email').auth('x', { type: 'bearer' })
    expect(refusal(answer)).toEqual({ status: 401, error: 'invalid_token' })
    expect(challengeOf(answer)).toMatch(/^Bearer error="invalid_token", .+, scope="email"$/)
  })

  it('names none if the request is malformed, or if the resource needs none', async () => {
    const at = await provider({ layer })
    const malformed = await request(at.app).get('/api/email').set('Authorization', 'Bearer a b')
    expect(refusal(malformed)).toEqual({ status: 400, error: 'invalid_request' })
    expect(challengeOf(malformed)).not.toContain('scope=')
    expect(challengeOf(await me(at, 'x'))).not.toContain('scope=')
  })
})

describe.each(expresses)('authorise({ scope }) with a function on $version', ({ express }) => {
  async function guarded(scope: (req: ExpressRequest) => unknown, differences: Differences = {}) {
    const at = await provider(express, differences)
    const app = express()
    app.use(at.oauth.authorise({ scope: scope as () => string }), (req, res) => {
      res.json(req.oauth?.scope)
    })
    const { access_token } = await signIn(at, at.spa, { scope: 'profile' })
    const authorized = (sent: Test) => sent.auth(access_token, { type: 'bearer' })
    return { app, at, authorized }
  }

  it('needs the scopes that it returns for the request', async () => {
    const { app, authorized } = await guarded(byMethod)
    expect((await authorized(request(app).get('/'))).status).toBe(200)
    const answer = await authorized(request(app).post('/'))
    expect(refusal(answer)).toEqual({ status: 403, error: 'insufficient_scope' })
    expect(challengeOf(answer)).toMatch(/, scope="profile email"$/)
  })

  it('names them in the challenge of a 401', async () => {
    const { app } = await guarded(byMethod)
    const answer = await request(app).post('/')
    expect([answer.status, challengeOf(answer)]).toEqual([401, 'Bearer scope="profile email"'])
  })

  it('needs no scope if it returns []', async () => {
    const { app, authorized } = await guarded(() => [])
    expect((await authorized(request(app).get('/'))).status).toBe(200)
    expect(challengeOf(await request(app).get('/'))).toBe('Bearer')
  })

  it.each([
    undefined,
    null,
    '',
    'two  spaces',
    ['two words'],
    [''],
    [1],
    new Set(['profile']),
    { length: 0 },
    true,
    0,
  ])('refuses every request with a reported 500 if it returns %j', async (returned) => {
    const reported: string[] = []
    const { app, at, authorized } = await guarded(() => returned)
    at.oauth.events.on('server.error', ({ error }) => reported.push(String(error)))
    const answer = await authorized(request(app).get('/'))
    expect(refusal(answer)).toEqual({ status: 500, error: 'server_error' })
    expect(reported).toEqual([expect.stringMatching(/^TypeError: "scope" must return scopes/)])
  })

  it('sends an OAuth2Error that it throws, and hides any other error in a 500', async () => {
    const malformed = await guarded(() => {
      throw new InvalidRequestError('The body is malformed')
    })
    const answer = await malformed.authorized(request(malformed.app).get('/'))
    expect(answer.status).toBe(400)
    expect(answer.body).toEqual({
      error: 'invalid_request',
      error_description: 'The body is malformed',
    })
    const failing = await guarded(() => Promise.reject(new Error('a secret')))
    const failed = await failing.authorized(request(failing.app).get('/'))
    expect(refusal(failed)).toEqual({ status: 500, error: 'server_error' })
    expect(failed.text).not.toContain('a secret')
  })

  it('is called before the look-up, so that a revocation wins against a slow body', async () => {
    const { app, at, authorized } = await guarded(async () => {
      await at.oauth.revokeGrants({ userId: at.user.id })
      return 'profile'
    })
    const answer = await authorized(request(app).get('/'))
    expect(refusal(answer)).toEqual({ status: 401, error: 'invalid_token' })
  })

  it('gets a web-standard request from authenticate()', async () => {
    const at = await provider(express)
    const { access_token } = await signIn(at, at.spa, { scope: 'profile' })
    const asked = new Request(`${issuer}/api`, {
      headers: { Authorization: `Bearer ${access_token}` },
    })
    const scope = (given: Request) => (given === asked ? ['email'] : [])
    const { response } = await at.oauth.authenticate(asked, { scope })
    expect(response?.headers.get('www-authenticate')).toMatch(/, scope="email"$/)
  })
})

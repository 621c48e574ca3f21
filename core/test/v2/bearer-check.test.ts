import type { Callback } from '@oauth2-kit/core'
import type { ErrorRequestHandler } from 'express'
import request from 'supertest'
import { expresses } from '../support/express'
import { refusal, seen, v2App } from '../support/v2-app'

const at = Date.now()
const tooMany = 'Only one method may be used to authenticate at a time (Auth header,  GET or POST).'
const noForm =
  'When putting the token in the body, content type must be application/x-www-form-urlencoded.'

async function refused(test: request.Test, description: string): Promise<void> {
  expect(seen(await test)).toEqual(refusal(400, 'invalid_request', description))
}

const sendState: ErrorRequestHandler = (_error, req, res, _next) => {
  res.json({ user: req.user, oauth: req.oauth })
}

describe.each(expresses)('v2 on $version: authorise()', ({ express }) => {
  const start = (found: unknown = { expires: null, userId: 7 }) =>
    v2App(express, {
      now: () => at,
      model: {
        getAccessToken: (_token, callback) => (callback as Callback)(null, found),
      },
    })

  describe('accepts the token', () => {
    it('from the header', async () => {
      const { app, argsOf } = start()
      await request(app).get('/').set('Authorization', 'Bearer abc.DEF-_~+/=').expect(200)
      expect(argsOf('getAccessToken')).toEqual(['abc.DEF-_~+/='])
    })

    it('from the query', async () => {
      const { app, argsOf } = start()
      await request(app).get('/?access_token=a%20token%2B').expect(200)
      expect(argsOf('getAccessToken')).toEqual(['a token+'])
    })

    it.each(['post', 'put', 'patch', 'delete'] as const)('from the form of a %s', async (verb) => {
      const { app, argsOf } = start()
      const client = request(app)
      await client[verb]('/').type('form').send({ access_token: 'a-token' }).expect(200)
      expect(argsOf('getAccessToken')).toEqual(['a-token'])
    })

    it('from the header of a request with an unrelated form', async () => {
      const { app, argsOf } = start()
      const test = request(app).post('/').auth('a-token', { type: 'bearer' })
      await test.type('form').send({ note: 'access_token' }).expect(200)
      expect(argsOf('getAccessToken')).toEqual(['a-token'])
    })
  })

  describe('refuses with invalid_request 400, and without a call of the model,', () => {
    it('a request without a token', async () => {
      const { app, calls } = start()
      await refused(request(app).get('/'), 'The access token was not found')
      await refused(request(app).post('/').type('form').send({}), 'The access token was not found')
      expect(calls).toEqual([])
    })

    it('an empty token', async () => {
      const { app, calls } = start()
      await refused(request(app).get('/?access_token='), 'The access token was not found')
      expect(calls).toEqual([])
    })

    it('a token in header and query', async () => {
      const { app, calls } = start()
      const test = request(app).get('/?access_token=a').auth('a', { type: 'bearer' })
      await refused(test, tooMany)
      expect(calls).toEqual([])
    })

    it('a token in header and body', async () => {
      const { app, calls } = start()
      const test = request(app).post('/').auth('a', { type: 'bearer' }).type('form')
      await refused(test.send({ access_token: 'a' }), tooMany)
      expect(calls).toEqual([])
    })

    it('a token in query and body, an empty one too', async () => {
      const { app, calls } = start()
      for (const token of ['a', '']) {
        const test = request(app).post('/?access_token=a').type('form')
        await refused(test.send({ access_token: token }), tooMany)
      }
      expect(calls).toEqual([])
    })

    it('any header in addition to a token in the query', async () => {
      const { app, calls } = start()
      await refused(request(app).get('/?access_token=a').auth('user', 'password'), tooMany)
      expect(calls).toEqual([])
    })

    it.each(['Basic dXNlcjpwYXNz', 'Bearer', 'Bearer ', 'abc', 'Digest x="y"'])(
      'a header "%s"',
      async (header) => {
        const { app, calls } = start()
        const test = request(app).get('/').set('Authorization', header)
        await refused(test, 'Malformed auth header')
        expect(calls).toEqual([])
      },
    )

    it('a token in the body of a GET', async () => {
      const { app, calls } = start()
      const test = request(app).get('/').type('form').send({ access_token: 'a' })
      await refused(test, 'Method cannot be GET When putting the token in the body.')
      expect(calls).toEqual([])
    })

    it('a token in a body that is not a form', async () => {
      const { app, calls } = start()
      await refused(request(app).post('/').send({ access_token: 'a' }), noForm)
      expect(calls).toEqual([])
    })
  })

  it.each([[null], [undefined], [false]])(
    'refuses with invalid_token 401 a token for which the model returns %p',
    async (found) => {
      const { app } = v2App(express, {
        model: { getAccessToken: (_token, callback) => callback(null, found as null) },
      })
      expect(seen(await request(app).get('/?access_token=a'))).toEqual(
        refusal(401, 'invalid_token', 'The access token provided is invalid.'),
      )
    },
  )

  it.each([
    ['is past its expiry', new Date(at - 1)],
    ['has no expiry', undefined],
    ['has 0 as its expiry', 0],
    ['has text as its expiry', '2999-12-31'],
    ['has an invalid Date as its expiry', new Date(NaN)],
  ])('refuses with invalid_token 401 a token that %s', async (_how, expires) => {
    expect(seen(await request(start({ expires, userId: 7 }).app).get('/?access_token=a'))).toEqual(
      refusal(401, 'invalid_token', 'The access token provided has expired.'),
    )
  })

  it.each([
    ['expires later', new Date(at + 1)],
    ['expires now', new Date(at)],
    ['never expires', null],
  ])('accepts a token that %s', async (_how, expires) => {
    const answer = await request(start({ expires, userId: 7 }).app).get('/?access_token=a')
    expect(answer.status).toBe(200)
  })

  it("sets req.oauth.bearerToken to the model's own object", async () => {
    const found = { expires: null, userId: 7, note: { of: 'mine' } }
    const { oauth } = start(found)
    const app = express()
    const seenTokens: unknown[] = []
    app.get('/', oauth.authorise(), (req, res) => {
      seenTokens.push(req.oauth?.bearerToken)
      res.end()
    })
    await request(app).get('/?access_token=a').expect(200)
    expect(seenTokens[0]).toBe(found)
  })

  it.each([
    ['its user', { user: { id: 1, name: 'Ada' }, userId: 2 }, { id: 1, name: 'Ada' }],
    ['an object with its userId', { userId: 'ada' }, { id: 'ada' }],
    ['an object with its userId, even if it is 0', { userId: 0 }, { id: 0 }],
    ['an object without an id if it has neither', {}, {}],
  ])('sets req.user to %s', async (_what, found, user) => {
    const answer = await request(start({ expires: null, ...found }).app).get('/?access_token=a')
    expect(answer.body.user).toEqual(user)
  })

  it('does not change req.user and req.oauth if it refuses', async () => {
    const { oauth } = start(false)
    const app = express()
    app.get('/', (req, _res, next) => {
      Object.assign(req, { user: { id: 'of the session' } })
      next()
    })
    app.get('/', oauth.authorise())
    app.use(sendState)
    const { body } = await request(app).get('/?access_token=a')
    expect(body).toEqual({ user: { id: 'of the session' } })
  })
})

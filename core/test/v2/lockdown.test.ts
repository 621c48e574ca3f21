/* oxlint-disable typescript/unbound-method -- bypass and grant are passed without a call */
import type { ErrorRequestHandler, RequestHandler } from 'express'
import request from 'supertest'
import { expresses } from '../support/express'
import { accessTo, lockable } from '../support/locked-app'
import { refusal, seen } from '../support/v2-app'

const everyVerb = {
  get: 'locked',
  head: 'locked',
  options: 'locked',
  post: 'locked',
  put: 'locked',
  patch: 'locked',
  delete: 'locked',
}

describe.each(expresses)('security 41 in v2 on $version: lockdown(app)', ({ express }) => {
  it('refuses a request without a token as authorise() does', async () => {
    const { app, oauth, handler, runs } = lockable(express)
    app.get('/private', handler)
    oauth.lockdown(app)
    app.use(oauth.errorHandler())
    expect(seen(await request(app).get('/private'))).toEqual(
      refusal(400, 'invalid_request', 'The access token was not found'),
    )
    expect(seen(await request(app).get('/private?access_token=bad'))).toEqual(
      refusal(401, 'invalid_token', 'The access token provided is invalid.'),
    )
    expect(runs()).toBe(0)
  })

  it('sets req.user and req.oauth for the handlers', async () => {
    const { app, oauth } = lockable(express)
    app.get('/private', (req, res) => {
      res.json([req.user, req.oauth?.bearerToken])
    })
    oauth.lockdown(app)
    const { body } = await request(app).get('/private?access_token=good')
    expect(body).toEqual([{ id: 7 }, { expires: null, userId: 7 }])
  })

  it('locks a route with one verb, HEAD with GET', async () => {
    const locked = lockable(express)
    locked.app.get('/private', locked.handler)
    locked.oauth.lockdown(locked.app)
    expect(await accessTo(locked, '/private')).toEqual({
      get: 'locked',
      head: 'locked',
      options: 'none',
      post: 'none',
      put: 'none',
      patch: 'none',
      delete: 'none',
    })
  })

  it('locks app.all for every verb', async () => {
    const locked = lockable(express)
    locked.app.all('/private', locked.handler)
    locked.oauth.lockdown(locked.app)
    expect(await accessTo(locked, '/private')).toEqual(everyVerb)
  })

  it('locks router.all for every verb', async () => {
    const locked = lockable(express)
    const router = express.Router()
    router.all('/private', locked.handler)
    locked.app.use('/api', router)
    locked.oauth.lockdown(locked.app)
    expect(await accessTo(locked, '/api/private')).toEqual(everyVerb)
  })

  it('locks every verb of a route except the one with bypass', async () => {
    const locked = lockable(express)
    const { app, oauth, handler } = locked
    app.route('/mixed').get(oauth.bypass, handler).post(handler).delete(handler)
    oauth.lockdown(app)
    expect(await accessTo(locked, '/mixed')).toMatchObject({
      get: 'open',
      head: 'open',
      post: 'locked',
      put: 'none',
      delete: 'locked',
    })
  })

  it('locks a separate HEAD handler next to a bypassed GET', async () => {
    const locked = lockable(express)
    const { app, oauth, handler } = locked
    app.route('/mixed').get(oauth.bypass, handler).head(handler)
    oauth.lockdown(app)
    expect(await accessTo(locked, '/mixed', ['get', 'head'])).toEqual({
      get: 'open',
      head: 'locked',
    })
  })

  it('locks a verb whose handler precedes the bypass of another verb', async () => {
    const locked = lockable(express)
    const { app, oauth, handler } = locked
    app.route('/mixed').post(handler).get(oauth.bypass, handler)
    oauth.lockdown(app)
    expect(await accessTo(locked, '/mixed', ['get', 'post'])).toEqual({
      get: 'open',
      post: 'locked',
    })
  })

  it('locks a route after a bypassed one of the same path', async () => {
    const locked = lockable(express)
    const { app, oauth, handler } = locked
    app.get('/both', oauth.bypass, (req, res, next) => {
      if ('public' in req.query) res.send('public')
      else next()
    })
    app.get('/both', handler)
    oauth.lockdown(app)
    expect((await request(app).get('/both?public')).text).toBe('public')
    expect(await accessTo(locked, '/both', ['get', 'head'])).toEqual({
      get: 'locked',
      head: 'locked',
    })
  })

  it.each(['first', 'last'])('opens a route whose bypass comes %s', async (where) => {
    const locked = lockable(express)
    const { app, oauth, handler } = locked
    const handlers: RequestHandler[] = [oauth.bypass, handler]
    if (where === 'last') handlers.unshift((_req, _res, next) => next())
    app.all('/public', handlers)
    oauth.lockdown(app)
    expect(await accessTo(locked, '/public', ['get', 'post', 'options'])).toEqual({
      get: 'open',
      post: 'open',
      options: 'open',
    })
  })

  it('does not run any handler of a route, nor its error handlers, without a token', async () => {
    const locked = lockable(express)
    const { app, oauth, handler } = locked
    const caught: unknown[] = []
    const onError: ErrorRequestHandler = (error, _req, res, _next) => {
      caught.push(error)
      res.end()
    }
    app.get('/private', [handler], onError)
    oauth.lockdown(app)
    expect(await accessTo(locked, '/private', ['get'])).toEqual({ get: 'locked' })
    expect(caught).toEqual([])
  })

  it('does not lock handlers of app.use, or paths without a route', async () => {
    const { app, oauth } = lockable(express)
    app.use('/open', (_req, res) => {
      res.send('no route')
    })
    app.get('/private', (_req, res) => {
      res.send('route')
    })
    oauth.lockdown(app)
    expect((await request(app).get('/open')).text).toBe('no route')
    expect((await request(app).get('/nowhere')).status).toBe(404)
    expect((await request(app).post('/private')).status).toBe(404)
  })

  it('has no effect the second time', async () => {
    const locked = lockable(express)
    const { app, oauth, handler } = locked
    const router = express.Router()
    app.get('/private', handler)
    app.get('/public', oauth.bypass, handler)
    app.use('/api', router)
    router.get('/private', handler)
    oauth.lockdown(app)
    oauth.lockdown(app)
    app.get('/late', handler)
    for (const path of ['/private', '/api/private', '/late']) {
      expect([path, await accessTo(locked, path, ['get'])]).toEqual([path, { get: 'locked' }])
    }
    expect(await accessTo(locked, '/public', ['get'])).toEqual({ get: 'open' })
  })

  it('calls the model once for each request, even if the app was locked twice', async () => {
    const { app, oauth, handler } = lockable(express)
    const model = oauth.model as { getAccessToken: (...args: never[]) => unknown }
    const getAccessToken = jest.spyOn(model, 'getAccessToken')
    app.get('/private', handler)
    oauth.lockdown(app)
    oauth.lockdown(app)
    await request(app).get('/private?access_token=good').expect(200)
    const calls = getAccessToken.mock.calls.length
    getAccessToken.mockRestore()
    expect(calls).toBe(1)
  })

  it('accepts a Router in place of an app', async () => {
    const locked = lockable(express)
    const router = express.Router()
    router.get('/private', locked.handler)
    router.get('/public', locked.oauth.bypass, locked.handler)
    locked.oauth.lockdown(router)
    locked.app.use('/api', router)
    locked.app.get('/beside', locked.handler)
    expect(await accessTo(locked, '/api/private', ['get'])).toEqual({ get: 'locked' })
    expect(await accessTo(locked, '/api/public', ['get'])).toEqual({ get: 'open' })
    expect(await accessTo(locked, '/beside', ['get'])).toEqual({ get: 'open' })
  })

  it.each([
    ['undefined', undefined],
    ['null', null],
    ['text', 'app'],
    ['an empty object', {}],
    ['a function', () => {}],
    ['an app of Express 3', { routes: { get: [] }, stack: [] }],
    ['an object with an invalid router', { router: { stack: [] } }],
    ['an object whose lazyrouter creates no router', { lazyrouter() {} }],
  ])('throws a TypeError for an app that it cannot lock: %s', (_what, app) => {
    const { oauth } = lockable(express)
    expect(() => oauth.lockdown(app)).toThrow(TypeError)
    expect(() => oauth.lockdown(app)).toThrow(/^"app" must be an app or a router of Express 4 or 5/)
  })
})

/* oxlint-disable typescript/unbound-method -- bypass and grant are passed without a call */
import request from 'supertest'
import { expresses } from '../support/express'
import { accessTo, lockable } from '../support/locked-app'

describe.each(expresses)('security 41 in v2 on $version: nested routers', ({ express }) => {
  it('locks routes one and two routers deep', async () => {
    const locked = lockable(express)
    const { app, oauth, handler } = locked
    const outer = express.Router()
    const inner = express.Router({ mergeParams: true })
    inner.get('/private', handler)
    inner.get('/public', oauth.bypass, handler)
    outer.get('/private', handler)
    outer.use('/:id', inner)
    app.use('/api', outer)
    oauth.lockdown(app)
    expect(await accessTo(locked, '/api/private', ['get', 'head'])).toEqual({
      get: 'locked',
      head: 'locked',
    })
    expect(await accessTo(locked, '/api/7/private', ['get', 'head'])).toEqual({
      get: 'locked',
      head: 'locked',
    })
    expect(await accessTo(locked, '/api/7/public', ['get'])).toEqual({ get: 'open' })
  })

  it('locks routes that are added later: to the app, a router, and a route', async () => {
    const locked = lockable(express)
    const { app, oauth, handler } = locked
    const router = express.Router()
    const route = app.route('/route').get(oauth.bypass, handler)
    app.use('/api', router)
    oauth.lockdown(app)
    app.get('/late', handler)
    app.route('/late-route').get(oauth.bypass, handler).put(handler)
    route.post(handler)
    router.get('/late', handler)
    router.route('/late-route').all(handler)
    expect(await accessTo(locked, '/late', ['get'])).toEqual({ get: 'locked' })
    expect(await accessTo(locked, '/late-route', ['get', 'put'])).toEqual({
      get: 'open',
      put: 'locked',
    })
    expect(await accessTo(locked, '/route', ['get', 'post'])).toEqual({
      get: 'open',
      post: 'locked',
    })
    expect(await accessTo(locked, '/api/late', ['get'])).toEqual({ get: 'locked' })
    expect(await accessTo(locked, '/api/late-route', ['get', 'delete'])).toEqual({
      get: 'locked',
      delete: 'locked',
    })
  })

  it('locks routers that are mounted later, with the routes they get after that', async () => {
    const locked = lockable(express)
    const { app, oauth, handler } = locked
    oauth.lockdown(app)
    const outer = express.Router()
    const inner = express.Router()
    outer.get('/before', handler)
    app.use('/api', [outer])
    outer.get('/after', handler)
    outer.use('/inner', inner)
    inner.get('/after', handler)
    for (const path of ['/api/before', '/api/after', '/api/inner/after']) {
      expect([path, await accessTo(locked, path, ['get'])]).toEqual([path, { get: 'locked' }])
    }
  })

  it('locks a router that is mounted at several paths, at each of them', async () => {
    const locked = lockable(express)
    const { app, oauth, handler } = locked
    const router = express.Router().get('/private', handler)
    app.use('/a', router)
    oauth.lockdown(app)
    app.use('/b', router)
    expect(await accessTo(locked, '/a/private', ['get'])).toEqual({ get: 'locked' })
    expect(await accessTo(locked, '/b/private', ['get'])).toEqual({ get: 'locked' })
  })

  it('locks a router that contains itself', async () => {
    const locked = lockable(express)
    const { app, oauth, handler } = locked
    const router = express.Router().get('/private', handler)
    router.use('/again', router)
    app.use('/api', router)
    oauth.lockdown(app)
    expect(await accessTo(locked, '/api/again/private', ['get'])).toEqual({ get: 'locked' })
  })

  it('locks a router that is a handler of a route', async () => {
    const locked = lockable(express)
    const { app, oauth, handler } = locked
    app.get('/api', express.Router().get('/api', handler))
    oauth.lockdown(app)
    expect(await accessTo(locked, '/api', ['get'])).toEqual({ get: 'locked' })
  })

  it.each(['before', 'after'])(
    'locks a mounted app with its bypassed routes and middleware: mounted %s',
    async (when) => {
      const locked = lockable(express)
      const { app, oauth, handler } = locked
      const mounted = express()
      mounted.get('/private', handler)
      mounted.get('/bypassed', oauth.bypass, handler)
      mounted.use('/middleware', handler)
      if (when === 'before') app.use('/mounted', mounted)
      oauth.lockdown(app)
      if (when === 'after') app.use('/mounted', mounted)
      for (const path of ['/mounted/private', '/mounted/bypassed', '/mounted/middleware']) {
        expect([path, await accessTo(locked, path, ['get'])]).toEqual([path, { get: 'locked' }])
      }
    },
  )

  it('locks an app that is mounted in a nested router', async () => {
    const locked = lockable(express)
    const { app, oauth, handler } = locked
    const router = express.Router()
    const mounted = express()
    mounted.get('/private', handler)
    router.use('/mounted', mounted)
    app.use('/api', router)
    oauth.lockdown(app)
    expect(await accessTo(locked, '/api/mounted/private', ['get'])).toEqual({ get: 'locked' })
  })

  it('does not lock a router that is not mounted in the app', async () => {
    const locked = lockable(express)
    const router = express.Router().get('/private', locked.handler)
    locked.oauth.lockdown(locked.app)
    const other = express().use('/api', router)
    expect((await request(other).get('/api/private')).text).toBe('ran')
  })
})

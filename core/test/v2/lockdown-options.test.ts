/* oxlint-disable typescript/unbound-method -- bypass and grant are passed without a call */
import request from 'supertest'
import { type App, expresses } from '../support/express'
import { accessTo, lockable } from '../support/locked-app'

/** Status and `Allow` of an OPTIONS request, without a token and with one. */
async function options(app: App, path: string) {
  const refused = await request(app).options(path)
  const allowed = await request(app).options(path).auth('good', { type: 'bearer' })
  return {
    without: [refused.status, refused.headers['allow']],
    with: [allowed.status, allowed.headers['allow']?.split(/, ?/).toSorted().join(' ')],
  }
}

describe.each(expresses)('security 41 in v2 on $version: OPTIONS under lockdown', ({ express }) => {
  it('lists the methods of a path only with a token', async () => {
    const { app, oauth, handler } = lockable(express)
    app.get('/private', handler)
    oauth.lockdown(app)
    app.use(oauth.errorHandler())
    expect(await options(app, '/private')).toEqual({
      without: [400, undefined],
      with: [200, 'GET HEAD'],
    })
  })

  it('lists the methods of all routes for that path', async () => {
    const { app, oauth, handler } = lockable(express)
    app.get('/things/:id', handler)
    app.post('/elsewhere', handler)
    oauth.lockdown(app)
    app.route('/things/:id').put(handler).delete(handler)
    app.use(oauth.errorHandler())
    expect((await options(app, '/things/7?x=1')).with).toEqual([200, 'DELETE GET HEAD PUT'])
  })

  it('lists the methods of a nested router, by the path within it', async () => {
    const { app, oauth, handler } = lockable(express)
    const router = express.Router()
    router.get('/private', handler).post('/private', handler)
    app.use('/api', router)
    oauth.lockdown(app)
    app.use(oauth.errorHandler())
    expect(await options(app, '/api/private')).toEqual({
      without: [400, undefined],
      with: [200, 'GET HEAD POST'],
    })
  })

  it('is open if a bypassed route comes first', async () => {
    const { app, oauth, handler, runs } = lockable(express)
    app.get('/public', oauth.bypass, handler)
    oauth.lockdown(app)
    expect((await options(app, '/public')).without).toEqual([200, 'GET, HEAD'])
    expect(runs()).toBe(0)
  })

  it('reaches its own handler only with a token', async () => {
    const locked = lockable(express)
    const { app, oauth, handler } = locked
    app.get('/private', handler)
    app.options('/private', handler)
    oauth.lockdown(app)
    expect(await accessTo(locked, '/private', ['options'])).toEqual({ options: 'locked' })
  })

  it.each(['before', 'after'])(
    'reaches its own bypassed handler without a token, %s the locked route',
    async (where) => {
      const locked = lockable(express)
      const { app, oauth, handler } = locked
      if (where === 'before') app.options('/private', oauth.bypass, handler)
      app.get('/private', handler)
      if (where === 'after') app.options('/private', oauth.bypass, handler)
      oauth.lockdown(app)
      expect(await accessTo(locked, '/private', ['get', 'options'])).toEqual({
        get: 'locked',
        options: 'open',
      })
    },
  )

  it('reaches the handler of app.all only with a token', async () => {
    const locked = lockable(express)
    locked.app.all('/private', locked.handler)
    locked.oauth.lockdown(locked.app)
    expect(await accessTo(locked, '/private', ['options'])).toEqual({ options: 'locked' })
  })

  it('of a path without a route is left to Express', async () => {
    const { app, oauth, handler } = lockable(express)
    app.get('/private', handler)
    oauth.lockdown(app)
    const answer = await request(app).options('/nowhere')
    expect([answer.status, answer.headers['allow']]).toEqual([404, undefined])
  })
})

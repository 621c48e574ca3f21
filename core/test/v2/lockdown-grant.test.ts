/* oxlint-disable typescript/unbound-method -- bypass and grant are passed without a call */
import oauthserver from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'
import request from 'supertest'
import { expresses } from '../support/express'
import { accessTo, lockable } from '../support/locked-app'
import { refusal, seen, v2App } from '../support/v2-app'

const notAForm = 'Method must be POST with application/x-www-form-urlencoded encoding'

describe.each(expresses)('security 41 in v2 on $version: oauth.grant, uncalled,', ({ express }) => {
  it('is the token endpoint of a locked app', async () => {
    const { oauth, credentials } = v2App(express)
    const app = express()
    app.all('/oauth/token', oauth.grant)
    oauth.lockdown(app)
    app.use(oauth.errorHandler())
    const form = { grant_type: 'client_credentials', ...credentials }
    const answer = await request(app).post('/oauth/token').type('form').send(form)
    expect(answer.status).toBe(200)
    expect(answer.body.access_token).toMatch(/^[0-9a-f]{40}$/)
  })

  it.each(['get', 'head', 'options', 'put', 'patch', 'delete'] as const)(
    'responds to %s like the token endpoint, on app.all',
    async (verb) => {
      const { app, oauth } = lockable(express)
      app.all('/oauth/token', oauth.grant)
      oauth.lockdown(app)
      app.use(oauth.errorHandler())
      const client = request(app)
      const answer = await client[verb]('/oauth/token')
      const expected = refusal(400, 'invalid_request', notAForm)
      expect(seen(answer)).toEqual(verb === 'head' ? { ...expected, body: {} } : expected)
    },
  )

  it('opens only its own verb', async () => {
    const locked = lockable(express)
    const { app, oauth, handler } = locked
    app.route('/oauth/token').post(oauth.grant).get(handler).delete(handler)
    oauth.lockdown(app)
    app.use(oauth.errorHandler())
    const answer = await request(app).post('/oauth/token')
    expect(answer.body.error_description).toBe(notAForm)
    expect(await accessTo(locked, '/oauth/token', ['get', 'delete'])).toEqual({
      get: 'locked',
      delete: 'locked',
    })
  })

  it('works in a nested router and in a route that is added later', async () => {
    const { app, oauth } = lockable(express)
    const router = express.Router()
    router.post('/token', oauth.grant)
    oauth.lockdown(app)
    app.use('/oauth', router)
    app.post('/token', oauth.grant)
    app.use(oauth.errorHandler())
    for (const path of ['/oauth/token', '/token']) {
      const { body } = await request(app).post(path)
      expect([path, body.error_description]).toEqual([path, notAForm])
    }
  })

  it('works after other middleware', async () => {
    const { app, oauth } = lockable(express)
    const passed: string[] = []
    app.post(
      '/oauth/token',
      (req, _res, next) => {
        passed.push(req.path)
        next()
      },
      oauth.grant,
    )
    oauth.lockdown(app)
    app.use(oauth.errorHandler())
    expect((await request(app).post('/oauth/token')).body.error_description).toBe(notAForm)
    expect(passed).toEqual(['/oauth/token'])
  })

  it('reports the mistake if the app is not locked down', async () => {
    const { app, oauth } = lockable(express)
    app.post('/oauth/token', oauth.grant)
    const { status, text } = await request(app).post('/oauth/token')
    expect(status).toBe(500)
    expect(text).toContain('oauth.grant is not a middleware: call it')
  })
})

describe.each(expresses)('on $version: security 41: lockdown with a store', ({ express }) => {
  it('refuses a request without a token, and accepts one with a token', async () => {
    const store = memoryStore()
    const { client, secret } = await oauthserver.createClient(store, {
      grantTypes: ['client_credentials'],
    })
    const oauth = oauthserver({ model: store, grants: ['client_credentials'] })
    const app = express()
    const router = express.Router()
    let runs = 0
    app.use('/api', router)
    app.post('/oauth/token', oauth.grant)
    oauth.lockdown(app)
    router.get('/private', (req, res) => {
      runs++
      res.json(req.oauth?.grant?.clientId)
    })
    const refused = await request(app).get('/api/private')
    expect([refused.status, refused.headers['www-authenticate'], runs]).toEqual([401, 'Bearer', 0])
    const granted = await request(app)
      .post('/oauth/token')
      .auth(client.id, secret ?? '')
      .type('form')
      .send({ grant_type: 'client_credentials' })
    const { access_token } = granted.body
    const answer = await request(app).get('/api/private').auth(access_token, { type: 'bearer' })
    expect([answer.status, answer.body, runs]).toEqual([200, client.id, 1])
  })
})

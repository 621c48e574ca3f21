/* oxlint-disable typescript/unbound-method -- grant and bypass may be passed without a call */

import type { ErrorRequestHandler, RequestHandler } from 'express'
import request from 'supertest'
import { expresses } from '../support/express'
import { provider, register, signIn } from '../support/provider'

const sendMessage: ErrorRequestHandler = (error, _req, res, _next) => {
  res.status(500).send((error as Error).message)
}

const open: RequestHandler = (_req, res) => {
  res.send('open')
}

describe.each(expresses)('lockdown with a store on $version', ({ express }) => {
  async function locked() {
    const at = await provider(express)
    const app = express()
    at.oauth.lockdown(app)
    const { access_token } = await signIn(at, at.spa)
    return { at, app, bearer: `Bearer ${access_token}` }
  }

  const ways: [string, (app: ReturnType<typeof express>) => void][] = [
    ['app.get', (app) => app.get('/x', open)],
    ['app.all', (app) => app.all('/x', open)],
    ['app.route', (app) => app.route('/x').get(open).post(open)],
    ['an array of paths', (app) => app.get(['/w', '/x'], open)],
    ['a pattern', (app) => app.get(/^\/x$/, open)],
    ['a nested router', (app) => app.use('/', express.Router().get('/x', open))],
    [
      'a router in a router',
      (app) => app.use(express.Router().use('/', express.Router().all('/x', open))),
    ],
    [
      'a router that gets its route after it is mounted',
      (app) => {
        const router = express.Router()
        app.use(router)
        router.get('/x', open)
      },
    ],
    ['a mounted app', (app) => app.use(express().get('/x', open))],
  ]

  it.each(ways)('security 41: a route added by %s needs a token', async (_how, add) => {
    const { app, bearer } = await locked()
    add(app)
    for (const method of ['get', 'head', 'options'] as const) {
      const refused = await request(app)[method]('/x')
      expect([method, refused.status]).toEqual([method, 401])
      expect(refused.headers['www-authenticate']).toBe('Bearer')
      const admitted = await request(app)[method]('/x').set('Authorization', bearer)
      expect([method, admitted.status]).toEqual([method, 200])
    }
  })

  it('security 41: routes added before the lockdown need a token too', async () => {
    const at = await provider(express)
    const app = express()
    app.get('/x', open)
    at.oauth.lockdown(app)
    expect((await request(app).get('/x')).status).toBe(401)
  })

  it('security 41: a wrong or revoked token grants no access', async () => {
    const { at, app, bearer } = await locked()
    app.get('/x', open)
    const ask = (authorization: string) =>
      request(app).get('/x').set('Authorization', authorization)
    expect((await ask('Bearer wrong')).status).toBe(401)
    expect((await ask(bearer)).text).toBe('open')
    await at.store.revoke({ userId: at.user.id })
    expect((await ask(bearer)).status).toBe(401)
  })

  it('security 41: bypass opens only the verb that it is passed to', async () => {
    const { at, app } = await locked()
    app.route('/x').get(at.oauth.bypass, open).post(open)
    expect((await request(app).get('/x')).text).toBe('open')
    expect((await request(app).head('/x')).status).toBe(200)
    expect((await request(app).post('/x')).status).toBe(401)
  })

  it('security 41: the token endpoint is open if grant is passed without a call', async () => {
    const { at, app } = await locked()
    app.all('/oauth/token', at.oauth.grant)
    const client = await register(at.store, { grantTypes: ['client_credentials'] })
    const answer = await request(app)
      .post('/oauth/token')
      .auth(client.id, client.secret!)
      .type('form')
      .send({ grant_type: 'client_credentials' })
    expect(answer.body).toHaveProperty('access_token')
  })

  it('security 41: a store that fails grants no access', async () => {
    const at = await provider(express, {
      through: (store) => ({ ...store, find: () => Promise.reject(new Error('away')) }),
    })
    const app = express()
    at.oauth.lockdown(app)
    app.get('/x', open)
    const answer = await request(app).get('/x').set('Authorization', 'Bearer abc')
    expect(answer.status).toBe(503)
  })

  it.each([undefined, null, {}, 'app', () => {}])(
    'security 41: throws a TypeError for %p, which it cannot lock',
    async (app) => {
      const { oauth } = await provider(express)
      expect(() => oauth.lockdown(app)).toThrow(TypeError)
    },
  )

  it('grant passed without a call in an unlocked app reports the mistake', async () => {
    const { oauth } = await provider(express)
    const app = express()
    app.post('/oauth/token', oauth.grant)
    app.use(sendMessage)
    const answer = await request(app).post('/oauth/token')
    expect(answer.text).toMatch('oauth.grant is not a middleware: call it')
  })
})

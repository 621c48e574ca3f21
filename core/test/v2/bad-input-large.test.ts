import type { RequestHandler } from 'express'
import request from 'supertest'
import { formWith, isRefusal } from '../support/bad-input'
import { expresses } from '../support/express'
import { v2App } from '../support/v2-app'

const form = {
  grant_type: 'authorization_code',
  code: 'a-code',
  client_id: 'a-client',
  client_secret: 'any-secret',
}

describe.each(expresses)('security 23 in v2 on $version: a body of 1 MB', ({ express }) => {
  const megabyte = 'x'.repeat(1024 * 1024)

  function start(middlewares: RequestHandler[]) {
    const { oauth, calls } = v2App(express)
    const app = express()
    for (const middleware of middlewares) app.use(middleware)
    app.post('/oauth/token', oauth.grant())
    app.all(
      '/oauth/authorize',
      oauth.authCodeGrant((_req, next) => next(null, true)),
    )
    app.all('/', oauth.authorise())
    app.use(oauth.errorHandler())
    return { app, calls }
  }

  describe.each([
    ['express.urlencoded, raised to 2 MB', [express.urlencoded({ extended: true, limit: '2mb' })]],
    ['no body parser', []],
  ])('with %s', (_parser, middlewares) => {
    it.each(['grant_type', 'client_id', 'client_secret', 'code'])(
      'in %s is refused by the token endpoint',
      async (name) => {
        const { app, calls } = start(middlewares)
        const body = formWith(form, name, () => `${name}=${megabyte}`)
        const answer = await request(app).post('/oauth/token').type('form').send(body)
        expect(isRefusal(answer)).toBe(true)
        expect(calls).toEqual([])
      },
    )

    it('is refused by authorise()', async () => {
      const { app, calls } = start(middlewares)
      const test = request(app).post('/').type('form')
      expect(isRefusal(await test.send(`access_token=${megabyte}`))).toBe(true)
      expect(calls).toEqual([])
    })

    it('is refused by the authorization endpoint', async () => {
      const { app, calls } = start(middlewares)
      const test = request(app).post('/oauth/authorize').type('form')
      expect(isRefusal(await test.send(`response_type=code&client_id=${megabyte}`))).toBe(true)
      expect(calls).toEqual([])
    })
  })

  it('of many small parameters is refused by the token endpoint', async () => {
    const { app, calls } = start([])
    const form = `grant_type=client_credentials${'&a=b'.repeat(256 * 1024)}`
    expect(isRefusal(await request(app).post('/oauth/token').type('form').send(form))).toBe(true)
    expect(calls).toEqual([])
  })

  it('leaves the server ready for the next request', async () => {
    const { app } = start([])
    const server = app.listen(0)
    try {
      for (let time = 1; time <= 3; time++) {
        const test = request(server).post('/oauth/token').type('form')
        expect(isRefusal(await test.send(`code=${megabyte}`))).toBe(true)
      }
    } finally {
      server.close()
    }
  })
})

import type { RequestHandler } from 'express'
import request from 'supertest'
import { formWith, isRefusal, malformed, nested, undecodable } from '../support/bad-input'
import { expresses } from '../support/express'
import { v2App } from '../support/v2-app'

const ways = Object.entries
const secrets = { client_id: 'a-client', client_secret: 'any-secret' }

/** For each parameter that a grant requires, a form with it. */
const needed: Record<string, Record<string, string>> = {
  grant_type: { grant_type: 'client_credentials', ...secrets },
  client_id: { grant_type: 'client_credentials', ...secrets },
  client_secret: { grant_type: 'client_credentials', ...secrets },
  username: { grant_type: 'password', username: 'u', password: 'p', ...secrets },
  password: { grant_type: 'password', username: 'u', password: 'p', ...secrets },
  code: { grant_type: 'authorization_code', code: 'a-code', ...secrets },
  refresh_token: { grant_type: 'refresh_token', refresh_token: 'a-token', ...secrets },
}

// If one of these is missing, it is reported only after the client was found.
const ofTheGrant = ['username', 'password', 'code', 'refresh_token']

const drain: RequestHandler = (req, _res, next) => {
  req.resume().once('end', next)
}

/** Waits until the request has ended, as a database lookup may do. */
const wait: RequestHandler = (req, _res, next) => {
  if (req.closed) next()
  else req.once('close', next)
}

describe.each(expresses)('security 23 in v2 on $version: the token endpoint', ({ express }) => {
  const parsers: [string, RequestHandler[]][] = [
    ['express.urlencoded({ extended: true })', [express.urlencoded({ extended: true })]],
    ['express.urlencoded({ extended: false })', [express.urlencoded({ extended: false })]],
    ['no body parser', []],
  ]

  describe.each(parsers)('with %s', (_parser, middlewares) => {
    function start() {
      const { oauth, calls, called } = v2App(express)
      const app = express()
      app.post('/oauth/token', ...middlewares, oauth.grant())
      app.use(oauth.errorHandler())
      const ask = (form: string) => request(app).post('/oauth/token').type('form').send(form)
      return { ask, calls, called }
    }

    describe.each(ways(malformed))(
      'refuses a parameter %s, and does not call the model:',
      (_what, way) => {
        it.each([
          ...ways(needed),
          ['scope', needed['code']!],
          ['redirect_uri', needed['code']!],
        ] as const)('%s', async (name, form) => {
          const { ask, calls } = start()
          const answer = await ask(formWith(form, name, way))
          expect([answer.text, isRefusal(answer)]).toEqual([answer.text, true])
          expect(calls).toEqual([])
        })
      },
    )

    describe.each(ways(nested))('refuses a parameter that is %s:', (_what, way) => {
      it.each(ways(needed))('%s', async (name, form) => {
        const { ask, called } = start()
        const answer = await ask(formWith(form, name, way))
        expect([answer.text, isRefusal(answer)]).toEqual([answer.text, true])
        const before = ofTheGrant.includes(name) ? ['getClient', 'grantTypeAllowed'] : []
        expect(before).toEqual(expect.arrayContaining(called()))
      })
    })

    it('refuses parameters with the names of object properties', async () => {
      for (const form of ['__proto__[grant_type]=password', 'constructor=a', 'hasOwnProperty=a']) {
        const { ask, calls } = start()
        expect(isRefusal(await ask(form))).toBe(true)
        expect(calls).toEqual([])
      }
    })
  })

  it.each(ways(undecodable))('refuses a form %s', async (_what, way) => {
    const { oauth, calls } = v2App(express)
    const app = express()
    app.post('/oauth/token', oauth.grant())
    app.use(oauth.errorHandler())
    for (const [name, form] of ways(needed)) {
      const test = request(app).post('/oauth/token').type('form')
      const answer = await test.send(formWith(form, name, way))
      expect([name, isRefusal(answer)]).toEqual([name, true])
    }
    expect(calls).toEqual([])
  })

  it.each([
    ['no credentials', 'Basic'],
    ['only spaces', 'Basic   '],
    ['invalid base64', 'Basic %%%'],
    ['two words', 'Basic YTpi YTpi'],
    ['no colon', 'Basic bm9jb2xvbg=='],
    ['an empty id', `Basic ${btoa(':secret')}`],
    ['an empty secret', `Basic ${btoa('a-client:')}`],
    ['a colon only', `Basic ${btoa(':')}`],
    ['a NUL in the id', `Basic ${btoa('a-cl\0ient:secret')}`],
    ['a NUL in the secret', `Basic ${btoa('a-client:sec\0ret')}`],
    ['an over-long id', `Basic ${btoa(`${'x'.repeat(300)}:secret`)}`],
    ['an over-long secret', `Basic ${btoa(`a-client:${'x'.repeat(8193)}`)}`],
  ])('refuses a Basic header with %s', async (_what, header) => {
    const { app, calls } = v2App(express)
    const test = request(app).post('/oauth/token').type('form').set('Authorization', header)
    const answer = await test.send('grant_type=client_credentials')
    expect([answer.body, isRefusal(answer)]).toEqual([answer.body, true])
    expect(calls).toEqual([])
  })

  it.each([
    [undefined],
    [''],
    [';'],
    ['application/json'],
    ['text/plain'],
    ['text/plain; application/x-www-form-urlencoded'],
    ['application/x-www-form-urlencodedx'],
    ['application/x-www-form-urlencoded+json'],
    ['x-application/x-www-form-urlencoded'],
    ['multipart/form-data; boundary=b'],
    ['application/octet-stream'],
  ])('refuses a body of the type %p', async (type) => {
    const { oauth, calls } = v2App(express)
    const app = express()
    app.post('/oauth/token', oauth.grant())
    app.use(oauth.errorHandler())
    const body = Buffer.from('grant_type=client_credentials&client_id=a-client&client_secret=s')
    const test = request(app).post('/oauth/token')
    if (type !== undefined) test.set('Content-Type', type)
    else test.unset('Content-Type')
    const answer = await test.send(body as unknown as string)
    expect([answer.body, isRefusal(answer)]).toEqual([answer.body, true])
    expect(calls).toEqual([])
  })

  it.each([
    ['as text', express.text({ type: '*/*' })],
    ['as bytes', express.raw({ type: '*/*' })],
    ['and discarded', drain],
  ])('refuses a form that was read before, %s', async (_how, reader) => {
    const { oauth, calls } = v2App(express)
    const app = express()
    app.post('/oauth/token', reader, wait, oauth.grant())
    app.use(oauth.errorHandler())
    const test = request(app).post('/oauth/token').type('form')
    const answer = await test.send('grant_type=client_credentials')
    expect([answer.body, isRefusal(answer)]).toEqual([answer.body, true])
    expect(calls).toEqual([])
  })

  it('refuses a compressed form that no body parser has read', async () => {
    const { oauth, calls } = v2App(express)
    const app = express()
    app.post('/oauth/token', oauth.grant())
    app.use(oauth.errorHandler())
    const test = request(app).post('/oauth/token').type('form').set('Content-Encoding', 'gzip')
    expect(isRefusal(await test.send('grant_type=client_credentials'))).toBe(true)
    expect(calls).toEqual([])
  })
})

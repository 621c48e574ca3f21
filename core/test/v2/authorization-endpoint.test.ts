import type { Callback } from '@oauth2-kit/core'
import request from 'supertest'
import { expresses } from '../support/express'
import { type Differences, refusal, seen, v2App } from '../support/v2-app'

const uri = 'https://client.example/callback'
const query = { response_type: 'code', client_id: 'a-client', redirect_uri: uri }
const failed = '?error=server_error&error_description=server_error&code=503'

describe.each(expresses)('v2 on $version: the authorization endpoint', ({ express }) => {
  function start({
    client = { clientId: 'a-client', redirectUri: uri },
    ...differences
  }: Differences & { client?: unknown } = {}) {
    const { model } = differences
    return v2App(express, {
      ...differences,
      model: {
        getClient: (_id, _secret, callback) => (callback as Callback)(null, client),
        ...model,
      },
    })
  }

  const get = (app: ReturnType<typeof start>['app'], parameters: object = query) =>
    request(app).get('/oauth/authorize').query(parameters)

  it('writes the same redirect as Express', async () => {
    const { app } = start()
    const ours = await get(app).set('Accept', 'text/plain')
    const location = ours.headers['location'] as string
    const other = express()
    other.get('/', (_req, res) => res.redirect(location))
    const theirs = await request(other).get('/').set('Accept', 'text/plain')
    expect([ours.status, ours.text]).toEqual([302, theirs.text])
    expect(ours.text).toBe(`Found. Redirecting to ${location}`)
  })

  it.each([false, 'simple', 'extended', (text: string) => new Map([['text', text]])])(
    'reads the query from the URL if the query parser is %p',
    async (parser) => {
      const { app } = start()
      const outer = express()
      outer.set('query parser', parser)
      app.set('query parser', parser)
      outer.use(app)
      const { status, headers } = await get(outer)
      expect([status, headers['location']]).toEqual([
        302,
        expect.stringMatching(/\?code=[0-9a-f]{40}$/),
      ])
    },
  )

  describe('refuses, without a redirect,', () => {
    it.each([
      ['no response_type', { response_type: undefined }],
      ['the response_type token', { response_type: 'token' }],
      ['a response_type in upper case', { response_type: 'CODE' }],
      ['several response types', { response_type: 'code token' }],
    ])('%s', async (_what, wrong) => {
      const { app, calls } = start()
      const description = 'Invalid response_type parameter (must be "code")'
      expect(seen(await get(app, { ...query, ...wrong }))).toEqual(
        refusal(400, 'invalid_request', description),
      )
      expect(calls).toEqual([])
    })

    it('a request without a client_id', async () => {
      const { app, calls } = start()
      expect(seen(await get(app, { ...query, client_id: '' }))).toEqual(
        refusal(400, 'invalid_request', 'Invalid or missing client_id parameter'),
      )
      expect(calls).toEqual([])
    })

    it('a request without a redirect_uri', async () => {
      const { app, calls } = start()
      expect(seen(await get(app, { ...query, redirect_uri: '' }))).toEqual(
        refusal(400, 'invalid_request', 'Invalid or missing redirect_uri parameter'),
      )
      expect(calls).toEqual([])
    })

    it.each([[null], [undefined], [false]])(
      'security 4: a client for which getClient returns %p',
      async (client) => {
        const server = v2App(express, {
          model: { getClient: (_id, _secret, callback) => callback(null, client) },
        })
        expect(seen(await get(server.app))).toEqual(
          refusal(400, 'invalid_client', 'Invalid client credentials'),
        )
        expect(server.argsOf('getClient')).toEqual(['a-client', null])
      },
    )

    it.each([
      ['https://evil.example/callback', uri],
      [`${uri}/`, uri],
      [`${uri}?x=1`, uri],
      [uri.toUpperCase(), uri],
      [uri, undefined],
      [uri, ''],
      [uri, []],
      [uri, [`${uri}/1`, `${uri}/2`]],
      ['0', ['https://client.example/callback']],
    ])('security 4: the redirect_uri %s if %j is registered', async (redirectUri, registered) => {
      const { app, called } = start({ client: { clientId: 'a-client', redirectUri: registered } })
      const answer = await get(app, { ...query, redirect_uri: redirectUri })
      expect(seen(answer)).toEqual(refusal(400, 'invalid_request', 'redirect_uri does not match'))
      expect(called()).toEqual(['getClient'])
    })

    it('security 4: a request whose getClient fails', async () => {
      const { app } = start({
        model: { getClient: (_id, _secret, callback) => callback(new Error('down')) },
      })
      expect(seen(await get(app))).toEqual(refusal(503, 'server_error'))
    })

    it('security 4: a wrong redirect_uri, for a browser with a page without scripts', async () => {
      const { app } = start()
      const evil = 'https://evil.example/"><script>alert(1)</script>'
      const answer = await get(app, { ...query, redirect_uri: evil }).set('Accept', 'text/html')
      expect(answer.status).toBe(400)
      expect(answer.headers).not.toHaveProperty('location')
      expect(answer.text).not.toContain('evil.example')
    })
  })

  it('generates a code, saves it for client and user, and redirects with it', async () => {
    const user = { id: 7 }
    const { app, called, argsOf } = start({ check: (_req, next) => next(null, true, user) })
    const answer = await get(app)
    const [code, clientId, expires, savedUser] = argsOf('saveAuthCode')
    expect(code).toMatch(/^[0-9a-f]{40}$/)
    expect(answer.status).toBe(302)
    expect(answer.headers['location']).toBe(`${uri}?code=${code as string}`)
    expect(clientId).toBe('a-client')
    expect(expires).toBeInstanceOf(Date)
    expect(savedUser).toBe(user)
    expect(called()).toEqual(['getClient', 'saveAuthCode'])
  })

  it.each([[7], ['ada'], [null], [undefined]])(
    'saves the code with any value that the check passes as user: %p',
    async (user) => {
      const { app, argsOf } = start({ check: (_req, next) => next(null, true, user) })
      await get(app).expect(302)
      expect(argsOf('saveAuthCode')[3]).toBe(user)
    },
  )

  it('redirects with server_error, and without a code, if saveAuthCode fails', async () => {
    const { app } = start({
      model: {
        saveAuthCode: (_code, _id, _expires, _user, callback) => callback(new Error('disk full')),
      },
    })
    const answer = await get(app)
    expect(answer.status).toBe(302)
    expect(answer.headers['location']).toBe(uri + failed)
  })

  it('accepts one of several registered redirect URIs', async () => {
    const other = 'com.example.app:/callback'
    const client = { clientId: 'a-client', redirectUri: ['https://first.example', other] }
    const { app } = start({ client })
    const { headers } = await get(app, { ...query, redirect_uri: other })
    expect(headers['location']).toMatch(/^com\.example\.app:\/callback\?code=[0-9a-f]{40}$/)
    expect(client.redirectUri).toEqual(['https://first.example', other])
  })

  it('reads each parameter from the body, then from the query', async () => {
    const { app, argsOf } = start()
    const answer = await request(app)
      .post('/oauth/authorize?client_id=of-the-query&redirect_uri=https://query.example')
      .type('form')
      .send({ response_type: 'code', redirect_uri: uri })
    expect(answer.status).toBe(302)
    expect(answer.headers['location']).toMatch(/^https:\/\/client\.example\/callback\?code=/)
    expect(argsOf('getClient')).toEqual(['of-the-query', null])
  })

  it('redirects a POST with a 302 too', async () => {
    const test = request(start().app).post('/oauth/authorize').type('form')
    expect((await test.send(query)).status).toBe(302)
  })

  it('is not cached, because its redirects contain codes', async () => {
    const { headers } = await get(start().app)
    expect(headers).toMatchObject({ 'cache-control': 'no-store', pragma: 'no-cache' })
  })
})

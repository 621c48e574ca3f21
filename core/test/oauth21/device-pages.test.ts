import { type RequestListener, type ServerResponse, createServer } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import oauthserver, {
  type AuthorizationRequest,
  type DeviceHooks,
  type DevicePage,
  type Hooks,
  type OAuth2Server,
  createClient,
} from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'
import request from 'supertest'
import { CountingLimiter } from '../support/counting-limiter'
import {
  begin,
  codes,
  decide,
  deviceGrant,
  deviceProvider,
  open,
  outcome,
  poll,
} from '../support/devices'
import { expresses } from '../support/express'
import { issuer } from '../support/provider'

/** Serves the pages of the same application on each layer. */
const layers: [string, (oauth: OAuth2Server) => RequestListener][] = [
  ...expresses.map(({ version, express }): [string, (oauth: OAuth2Server) => RequestListener] => [
    version,
    (oauth) => {
      const app = express()
      app.use(oauth.router(onNode()))
      return app
    },
  ]),
  [
    'separate endpoints of Express',
    (oauth) => {
      const app = expresses[0]!.express()
      app.all('/oauth/token', oauth.grant())
      app.all('/oauth/device_authorization', oauth.deviceAuthorization())
      app.all('/oauth/device', oauth.device(onNode()))
      return app
    },
  ],
  ['node:http', (oauth) => oauth.listener(onNode() as never)],
  [
    'fetch()',
    (oauth) => {
      const options = onWeb()
      return getRequestListener((message) => oauth.fetch(message, options), {
        overrideGlobalObjects: false,
      })
    },
  ],
]

function send(response: ServerResponse, text: string): null {
  response.end(text)
  return null
}

function onNode(): Hooks & DeviceHooks {
  return {
    authenticate(req, res) {
      if (req.headers['cookie'] === 'user=anna') return { id: 'anna' }
      res.writeHead(302, { location: `/sign-in?next=${encodeURIComponent(req.url)}` })
      return send(res, '')
    },
    consent: (_req, res, { form, device }) =>
      form['decision'] === undefined
        ? send(res, `consent ${device!.userCode}`)
        : form['decision'] === 'allow',
    device: (_req, res, page) =>
      send(res, page.client ? `${page.step} ${page.client.name}` : page.step),
  }
}

function onWeb() {
  return {
    authenticate: (req: Request) =>
      req.headers.get('cookie') === 'user=anna'
        ? { id: 'anna' }
        : new Response(null, {
            status: 302,
            headers: {
              location: `/sign-in?next=${encodeURIComponent(new URL(req.url).pathname + new URL(req.url).search)}`,
            },
          }),
    consent: (_req: Request, { form, device }: AuthorizationRequest) =>
      form['decision'] === undefined
        ? new Response(`consent ${device!.userCode}`)
        : form['decision'] === 'allow',
    device: (_req: Request, page: DevicePage) =>
      new Response(page.client ? `${page.step} ${page.client.name}` : page.step),
  }
}

describe.each(layers)('the pages for devices on %s', (_name, serve) => {
  it('lead from the code to the decision', async () => {
    const store = memoryStore()
    const { client: tv } = await createClient(store, {
      type: 'public',
      grantTypes: [deviceGrant],
      scopes: ['profile'],
      name: 'TV',
    })
    const oauth = oauthserver({ store, issuer, grants: [deviceGrant], debug: false })
    const app = createServer(serve(oauth))
    const { device_code, user_code } = await codes({ app, tv } as never)

    const entered = await request(app).get('/oauth/device')
    expect(entered.text).toBe('enter')
    expect(entered.headers).toMatchObject({
      'x-frame-options': 'DENY',
      'content-security-policy': "frame-ancestors 'none'",
    })
    const typed = user_code.toLowerCase().replace('-', ' ')
    const posted = await request(app).post('/oauth/device').type('form').send({ user_code: typed })
    expect(posted.status).toBe(303)
    const url = new URL(posted.headers['location'] as string, `${issuer}/oauth/device`)
    expect(url.href).toBe(`${issuer}/oauth/device?user_code=${user_code}`)
    const at = `${url.pathname}${url.search}`

    const unknown = await request(app).get(at)
    expect(unknown.status).toBe(302)
    expect(unknown.headers['location']).toBe(`/sign-in?next=${encodeURIComponent(at)}`)
    const cookie = 'user=anna'
    expect((await request(app).get(at).set('Cookie', cookie)).text).toBe(`consent ${user_code}`)
    const form = { decision: 'allow' }
    const decided = await request(app).post(at).set('Cookie', cookie).type('form').send(form)
    expect(decided.text).toBe('allowed TV')
    expect(decided.headers).not.toHaveProperty('access-control-allow-origin')
    expect((await request(app).get(at).set('Cookie', cookie)).text).toBe('unknown')
    expect(outcome(await poll({ app, tv } as never, device_code))).toBe('200 ok')
  })
})

describe('the page for devices', () => {
  it('tells nothing about a code that is wrong, malformed, expired or decided', async () => {
    const provider = await deviceProvider()
    const used = await codes(provider)
    await decide(provider, used.user_code, { allow: true })
    const denied = await codes(provider)
    await decide(provider, denied.user_code, { allow: false })
    const expired = await codes(provider)
    provider.clock.step(600_000)
    provider.pages.length = 0
    const wrong = ['BBBB-BBBB', 'hello', '%', used.user_code, denied.user_code, expired.user_code]
    const texts = await Promise.all(wrong.map(async (code) => (await open(provider, code)).text))
    expect(new Set(texts)).toEqual(new Set(['unknown']))
    expect(provider.pages).toEqual(wrong.map(() => ({ step: 'unknown' })))
    const posted = request(provider.app).post('/oauth/device').type('form')
    expect((await posted.send({ user_code: 'hello' })).text).toBe('unknown')
  })

  it('has the form of the code if none is sent', async () => {
    const { app } = await deviceProvider()
    expect((await request(app).get('/oauth/device?user_code=')).text).toBe('enter')
    expect((await request(app).post('/oauth/device').type('form').send('')).text).toBe('enter')
    expect((await request(app).post('/oauth/device')).text).toBe('enter')
  })

  it('refuses other methods, and a code that is repeated or nested', async () => {
    const { app } = await deviceProvider()
    const at = '/oauth/device'
    expect((await request(app).put(at)).status).toBe(400)
    expect((await request(app).get(`${at}?user_code=a&user_code=b`)).status).toBe(400)
    expect((await request(app).get(`${at}?user_code[a]=b`)).status).toBe(400)
    const page = await request(app).get(`${at}?user_code=a&user_code=b`).set('Accept', 'text/html')
    expect(page.headers['content-type']).toMatch(/^text\/html/)
  })

  it('gives the consent page what warns of phishing (RFC 8628 5.4)', async () => {
    const provider = await deviceProvider({ clientAddress: (req) => String(req.headers['x-from']) })
    const begun = provider.clock.at
    const { body } = await begin(provider).set('x-from', '203.0.113.9')
    const { user_code } = body as { user_code: string }
    provider.clock.step(60_000)
    await open(provider, user_code.toLowerCase()).set('x-from', '198.51.100.7')
    expect(provider.asked).toMatchObject([
      {
        client: { id: provider.tv.id, name: 'TV' },
        scopes: ['profile', 'email'],
        redirectUri: '',
        state: undefined,
        prompt: [],
        device: { userCode: user_code, address: '203.0.113.9', requestedAt: new Date(begun) },
      },
    ])
  })

  it.each([true, { scope: 'profile' }])(
    'does not let "consent" allow a device without a posted form: %j',
    async (answer) => {
      const errors: unknown[] = []
      const provider = await deviceProvider({
        debug: (error) => errors.push(error.cause),
        hooks: { consent: () => answer },
      })
      const { user_code, device_code } = await codes(provider)
      expect((await open(provider, user_code)).status).toBe(500)
      expect(String(errors)).toMatch(/without a posted form/)
      expect(outcome(await poll(provider, device_code))).toBe('400 authorization_pending')
      // The user can still decide.
      expect((await decide(provider, user_code, { allow: true })).text).toBe('allowed')
    },
  )

  it.each([
    ['consent', 'yes'],
    ['consent', { scope: 'admin' }],
    ['consent', undefined],
    ['authenticate', 'anna'],
    ['authenticate', { name: 'anna' }],
  ])('fails closed if "%s" returns %j', async (name, value) => {
    const provider = await deviceProvider({ hooks: { [name]: () => value } })
    const { user_code, device_code } = await codes(provider)
    expect((await decide(provider, user_code, { allow: true })).status).toBe(500)
    expect(outcome(await poll(provider, device_code))).toBe('400 authorization_pending')
  })

  it('is a 500 if the hook "device" returns something without a page', async () => {
    const provider = await deviceProvider({ hooks: { device: () => 'page' as never } })
    expect((await request(provider.app).get('/oauth/device')).status).toBe(500)
  })

  it('keeps the metadata and the sign-in time that "consent" returns', async () => {
    const authTime = new Date(1_700_000_000_000)
    const provider = await deviceProvider({
      hooks: { consent: () => ({ metadata: { tenant: 'a' }, authTime }) },
    })
    const { user_code, device_code } = await codes(provider)
    await decide(provider, user_code, { allow: true })
    const { body } = await poll(provider, device_code)
    const headers = { authorization: `Bearer ${(body as { access_token: string }).access_token}` }
    const found = await provider.oauth.authenticate(new Request(issuer, { headers }))
    expect(found).toMatchObject({ oauth: { grant: { metadata: { tenant: 'a' } } } })
  })

  it('gives a device no tokens for a user who no longer exists', async () => {
    const provider = await deviceProvider({ users: { find: async () => null } })
    const { user_code, device_code } = await codes(provider)
    await decide(provider, user_code, { allow: true })
    expect(outcome(await poll(provider, device_code))).toBe('400 invalid_grant')
  })
})

describe('guesses of user codes (RFC 8628 5.1)', () => {
  it('are limited, and a right code is not', async () => {
    const limiter = new CountingLimiter(3)
    const refused: unknown[] = []
    const provider = await deviceProvider({ limiter })
    provider.oauth.events.on('limiter.refused', (event) => refused.push(event))
    const { user_code } = await codes(provider)
    for (let times = 0; times < 5; times++)
      expect((await open(provider, user_code)).text).toBe('consent')
    expect((await open(provider, 'hello')).text).toBe('unknown')
    for (const code of ['BBBB-BBBB', 'CCCC-CCCC', 'DDDD-DDDD'])
      expect((await open(provider, code)).text).toBe('unknown')
    const answer = await open(provider, 'FFFF-FFFF')
    expect(answer.status).toBe(429)
    expect(answer.headers['retry-after']).toBe('8')
    // Also a right one: whether a guess is right must not show.
    expect((await open(provider, user_code)).status).toBe(429)
    expect(limiter.taken.every((attempt) => attempt.userCode)).toBe(true)
    expect(limiter.taken[0]).toEqual({ clientId: '', userCode: true, address: expect.any(String) })
    expect(refused).toHaveLength(2)
    expect(refused[0]).toMatchObject({ secretOf: 'device', clientId: '' })
    expect(JSON.stringify(refused)).not.toContain('FFFF')
  })

  it('in parallel cannot pass the limit', async () => {
    const limiter = new CountingLimiter(3)
    const provider = await deviceProvider({ limiter })
    const letters = 'BCDFGHJKLMNPQRSTVWXZ'.split('')
    const answers = await Promise.all(letters.map((one) => open(provider, one.repeat(8))))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(3)
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(letters.length - 3)
  })

  it('are not counted while the store is away, and neither is a poll', async () => {
    const limiter = new CountingLimiter(1)
    const provider = await deviceProvider({
      limiter,
      through: (store) => ({ ...store, getRecord: () => Promise.reject(new Error('away')) }),
    })
    const { device_code } = await codes(provider)
    expect((await open(provider, 'BBBB-BBBB')).status).toBe(503)
    expect((await open(provider, 'CCCC-CCCC')).status).toBe(503)
    expect((await poll(provider, device_code)).status).toBe(503)
    expect(limiter.givenBack).toHaveLength(limiter.taken.length)
  })
})

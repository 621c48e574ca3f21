import type { Hooks, Store } from '@oauth2-kit/core'
import type { MemoryStore } from '@oauth2-kit/memory'
import request from 'supertest'
import { layers } from '../support/layers'
import {
  type Provider,
  authorizationRequest,
  exchange,
  provider,
  redirected,
  refusal,
  tokensOf,
} from '../support/provider'
import { type Pushed, open, push, pushForm } from '../support/pushed'
import { recordedStore } from '../support/recorded-store'
import { around } from './around'

const gone = { status: 400, error: 'invalid_request_uri' }
const unavailable = { status: 503, error: 'temporarily_unavailable' }
const minute = 60_000

/** On web-standard requests, a hook returns its page. Here, it has no response to write to. */
function shown<T>(value: T, res: object): T {
  if (value !== null) return value
  if (!('end' in res)) return new Response('page') as T
  ;(res as { end: (text: string) => void }).end('page')
  return value
}

/** Hooks that show a page first, and the consent of the user who comes back from it. */
function paging() {
  let user: { id: string } | null = null
  let consent: true | null = null
  const decider: Hooks = {
    authenticate: (_req, res) => shown(user, res),
    consent: (_req, res) => shown(consent, res),
  }
  return {
    decider,
    signIn: () => (user = { id: 'ada' }),
    allow: () => (consent = true),
  }
}

/** Calls of a store that fail, before or after they take effect. */
function failing() {
  const away = { name: '', after: false }
  const through = (store: MemoryStore): Store =>
    around(store, async ({ name, proceed }) => {
      if (name !== away.name) return proceed()
      if (away.after) await proceed()
      throw new Error('away')
    })
  return { away, through }
}

async function codeFor(at: Provider, pushed: Pushed) {
  const { code = '' } = redirected(await open(at, at.web, pushed))
  return { code, verifier: pushed.verifier, redirectUri: at.web.redirectUri }
}

describe.each(layers)('a pushed request is used once, on $version', ({ layer }) => {
  beforeEach(() => jest.spyOn(process, 'emitWarning').mockImplementation(() => {}))
  afterEach(() => jest.restoreAllMocks())

  it('of 50 requests at once, exactly one gets a code', async () => {
    const at = await provider({ layer })
    const pushed = await push(at, at.web)
    const all = await Promise.all(Array.from({ length: 50 }, () => open(at, at.web, pushed)))
    const sent = all.filter(({ status }) => status === 302)
    expect(sent).toHaveLength(1)
    const { code = '' } = redirected(sent[0]!)
    const { verifier } = pushed
    tokensOf(await exchange(at, at.web, { code, verifier, redirectUri: at.web.redirectUri }))
    for (const answer of all.filter(({ status }) => status !== 302)) {
      expect(refusal(answer)).toEqual(gone)
      expect(JSON.stringify([answer.headers, answer.body])).not.toContain('code=')
    }
  })

  it('of 50 requests at once, exactly one gets an error of the hooks', async () => {
    const decider: Hooks = { authenticate: () => ({ id: 'ada' }), consent: () => false }
    const at = await provider({ layer }, { decider })
    const pushed = await push(at, at.web)
    const all = await Promise.all(Array.from({ length: 50 }, () => open(at, at.web, pushed)))
    expect(all.filter(({ status }) => status === 302)).toHaveLength(1)
    expect(all.filter(({ status }) => status === 400)).toHaveLength(49)
  })

  it('prompt=none uses it up too', async () => {
    const decider: Hooks = { authenticate: () => null, consent: () => true }
    const at = await provider({ layer }, { decider })
    const pushed = await push(at, at.web, { prompt: 'none' })
    expect(redirected(await open(at, at.web, pushed))).toMatchObject({ error: 'login_required' })
    expect(refusal(await open(at, at.web, pushed))).toEqual(gone)
  })

  it('the sign-in and consent pages can be loaded again', async () => {
    const pages = paging()
    const at = await provider({ layer }, { decider: pages.decider })
    const pushed = await push(at, at.web)
    for (let time = 0; time < 3; time++) {
      expect((await open(at, at.web, pushed)).text).toBe('page')
    }
    pages.signIn()
    for (let time = 0; time < 3; time++) {
      expect((await open(at, at.web, pushed)).text).toBe('page')
    }
    pages.allow()
    expect(redirected(await open(at, at.web, pushed))).toHaveProperty('code')
    expect(refusal(await open(at, at.web, pushed))).toEqual(gone)
  })

  describe('in time', () => {
    it('the authorization endpoint must receive it within 60 seconds', async () => {
      const at = await provider({ layer })
      const [first, second] = [await push(at, at.web), await push(at, at.web)]
      at.clock.step(minute - 1)
      expect(redirected(await open(at, at.web, first))).toHaveProperty('code')
      at.clock.step(1)
      expect(refusal(await open(at, at.web, second))).toEqual(gone)
    })

    it('the user then has the rest of half an hour', async () => {
      const pages = paging()
      const at = await provider({ layer }, { decider: pages.decider })
      const [first, second] = [await push(at, at.web), await push(at, at.web)]
      for (const pushed of [first, second]) await open(at, at.web, pushed)
      pages.signIn()
      at.clock.step(5 * minute)
      expect((await open(at, at.web, first)).text).toBe('page')
      pages.allow()
      at.clock.step(25 * minute - 1)
      expect(redirected(await open(at, at.web, first))).toHaveProperty('code')
      at.clock.step(1)
      expect(refusal(await open(at, at.web, second))).toEqual(gone)
    })

    it('a request by another client does not start the half hour', async () => {
      const at = await provider({ layer })
      const pushed = await push(at, at.web)
      expect(refusal(await open(at, at.spa, pushed))).toEqual(gone)
      at.clock.step(minute)
      expect(refusal(await open(at, at.web, pushed))).toEqual(gone)
    })
  })

  describe('an outage of the store costs nothing', () => {
    it.each(['getRecord', 'addRecord', 'issue', 'takeRecord', 'getClient'])(
      'if %s fails, the response is a 503, and the same request works afterwards',
      async (name) => {
        const { away, through } = failing()
        const at = await provider({ layer }, { through })
        const pushed = await push(at, at.web)
        away.name = name
        const answer = await open(at, at.web, pushed)
        expect(refusal(answer)).toEqual(unavailable)
        expect(answer.headers).toMatchObject({ 'retry-after': '1' })
        away.name = ''
        tokensOf(await exchange(at, at.web, await codeFor(at, pushed)))
      },
    )

    it('if the reply of takeRecord is lost, no code is sent, then or later', async () => {
      const { away, through } = failing()
      const at = await provider({ layer }, { through })
      const pushed = await push(at, at.web)
      Object.assign(away, { name: 'takeRecord', after: true })
      expect(refusal(await open(at, at.web, pushed))).toEqual(unavailable)
      away.name = ''
      expect(refusal(await open(at, at.web, pushed))).toEqual(gone)
    })

    it('with prompt=none, which no user sees, the client gets the error', async () => {
      const { away, through } = failing()
      const at = await provider({ layer }, { through })
      const pushed = await push(at, at.web, { prompt: 'none' })
      away.name = 'issue'
      expect(redirected(await open(at, at.web, pushed))).toMatchObject({
        error: 'temporarily_unavailable',
      })
    })

    it('at the endpoint for pushed requests, the response is a 503', async () => {
      const { away, through } = failing()
      const at = await provider({ layer }, { through })
      const { parameters } = authorizationRequest(at.web)
      away.name = 'addRecord'
      expect(refusal(await pushForm(at, at.web, parameters))).toEqual(unavailable)
      away.name = ''
      expect((await pushForm(at, at.web, parameters)).status).toBe(201)
    })
  })

  it('nothing at rest works as a request_uri, and no secret of the client is kept', async () => {
    let given!: () => string
    const at = await provider(
      { layer },
      {
        through(store) {
          const recorded = recordedStore(store)
          given = recorded.given
          return recorded.store
        },
      },
    )
    const pushed = await push(at, at.post)
    redirected(await open(at, at.post, pushed))
    const [reference = ''] = pushed.requestUri.split(':').slice(-1)
    expect(given()).toContain('addRecord')
    expect(given()).not.toContain(reference)
    expect(given()).not.toContain(at.post.secret)
  })

  it('no event and no error contains it', async () => {
    const reports: unknown[] = []
    const { away, through } = failing()
    const at = await provider({ layer }, { through, debug: (error) => reports.push(error) })
    const spy = jest.spyOn(at.oauth.events, 'emit')
    const pushed = await push(at, at.web)
    await open(at, at.spa, pushed)
    away.name = 'takeRecord'
    await open(at, at.web, pushed)
    away.name = ''
    await codeFor(at, pushed)
    await open(at, at.web, pushed)
    const heard = spy.mock.calls
    expect(heard.length).toBeGreaterThan(0)
    expect(reports.length).toBeGreaterThan(2)
    const texts = [...heard, ...reports].map((one) => JSON.stringify([one, String(one)]))
    expect(texts.join()).not.toContain(pushed.requestUri.split(':').at(-1))
  })
})

it('receiving a pushed request reads and adds a record, and sending a code takes it', async () => {
  const [{ layer }] = layers as [(typeof layers)[0]]
  const calls: string[] = []
  const through = (store: MemoryStore): Store =>
    around(store, ({ name, proceed }) => {
      calls.push(name)
      return proceed()
    })
  const at = await provider({ layer }, { through })
  const pushed = await push(at, at.web)
  expect(calls).toEqual(['getClient', 'addRecord'])
  calls.length = 0
  await request(at.app)
    .get('/oauth/authorize')
    .query({ client_id: at.web.id, request_uri: pushed.requestUri })
  expect(calls).toEqual(['getRecord', 'addRecord', 'getClient', 'issue', 'takeRecord'])
})

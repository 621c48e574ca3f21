import type { EventMap } from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'
import oauthserver, { createClient } from '@oauth2-kit/core'
import request from 'supertest'
import express from 'express'
import { expresses } from '../support/express'
import { layers } from '../support/layers'
import {
  type Differences,
  askForToken,
  authorizationRequest,
  authorize,
  issuer,
  provider,
  redirected,
  refusal,
} from '../support/provider'

const ownToken = { grant_type: 'client_credentials' }
const secret = 'postgres://app:hunter2@db/oauth'

let emitWarning: jest.SpyInstance

/** The process warnings with that code: by default, those about requests that failed. */
function warnings(code = 'OAUTH2_KIT_SERVER_ERROR'): string[] {
  const calls = emitWarning.mock.calls as [string, { code?: string }][]
  return calls.filter(([, options]) => options.code === code).map(([message]) => message)
}

beforeEach(() => {
  emitWarning = jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
})
afterEach(() => jest.restoreAllMocks())

describe.each(layers)('an error of the server on $version', ({ layer }) => {
  const brokenConsent: Differences = {
    decider: {
      authenticate: () => ({ id: 'ada' }),
      consent: () => {
        throw new RangeError(secret)
      },
    },
  }

  async function ask(differences: Differences) {
    const at = await provider({ layer }, differences)
    const { parameters } = authorizationRequest(at.web)
    return { at, answer: redirected(await authorize(at, parameters)), parameters }
  }

  it('is reported by a warning with its place and without its message', async () => {
    const { answer, at, parameters } = await ask(brokenConsent)
    expect(answer).toMatchObject({ error: 'server_error' })
    expect(warnings()).toEqual([
      expect.stringMatching(/^A request failed: RangeError at .*server-errors\.test\.ts:\d+:\d+/),
    ])
    expect(warnings()[0]).toContain('listen to "server.error"')
    expect(warnings()[0]).not.toContain('hunter2')
    // The same error again is not news.
    for (let n = 0; n < 5; n++) await authorize(at, parameters)
    expect(warnings()).toHaveLength(1)
  })

  it('has the message of an error that is our own', async () => {
    await ask({ decider: { authenticate: () => ({}) as never, consent: () => true } })
    expect(warnings()).toEqual([expect.stringContaining('"authenticate" must return a user')])
  })

  it.each<[string, () => unknown]>([
    ['returns text', () => 'SECRET-0123456789'],
    [
      'throws an error whose message looks like a stack',
      () => {
        throw new Error('x\n    at SECRET (file:///secret.js:1:1)')
      },
    ],
    [
      'throws an error with a secret as code and name',
      () => {
        throw Object.assign(new Error('x'), { code: 'SECRET key', name: 'SECRET\nname' })
      },
    ],
  ])('reveals nothing if a hook %s', async (_what, authenticate) => {
    await ask({ decider: { authenticate: authenticate as never, consent: () => true } })
    expect(warnings()).toHaveLength(1)
    expect(warnings()[0]).not.toMatch(/SECRET|\n/)
  })

  it('is one warning, whatever the value that a hook returns', async () => {
    const at = await provider(
      { layer },
      { scopes: (about) => about.scopes.map((one) => one.toUpperCase()) },
    )
    for (const scope of ['profile', 'email', 'profile email']) {
      expect((await askForToken(at, at.web, { ...ownToken, scope })).status).toBe(500)
    }
    expect(warnings()).toHaveLength(1)
  })

  it.each<[string, () => never]>([
    [
      'undefined',
      () => {
        throw undefined
      },
    ],
    [
      'a Proxy whose traps throw',
      () => {
        throw unreadable()
      },
    ],
    [
      'an error whose getters throw',
      () => {
        throw Object.defineProperty(new Error('x'), 'code', {
          get() {
            throw new Error('no code')
          },
        })
      },
    ],
  ])('is answered and reported if a hook throws %s', async (_what, scopes) => {
    const at = await provider({ layer }, { scopes })
    const heard: unknown[] = []
    at.oauth.events.on('server.error', ({ error }) => heard.push(error))
    expect((await askForToken(at, at.web, ownToken)).status).toBeGreaterThanOrEqual(500)
    expect(heard).toHaveLength(1)
  })

  it('does no harm if debug or a listener throws what cannot be read', async () => {
    jest.spyOn(console, 'error').mockImplementation((value) => {
      if (typeof value !== 'string') throw unreadable()
    })
    const at = await provider({ layer }, { debug: failUnreadably })
    at.oauth.events.on('client.authentication_failed', () => {
      throw unreadable()
    })
    at.oauth.events.on('client.authentication_failed', async () => {
      throw unreadable()
    })
    const answer = await askForToken(at, { ...at.web, secret: 'wrong' }, ownToken)
    expect(refusal(answer)).toEqual({ status: 401, error: 'invalid_client' })
  })

  it('reports a listener that throws', async () => {
    const at = await provider({ layer })
    at.oauth.events.on('token.issued', () => {
      throw new RangeError('SECRET')
    })
    expect((await askForToken(at, at.web, ownToken)).status).toBe(200)
    expect(warnings()).toEqual([expect.stringMatching(/^A listener .* failed: RangeError at /)])
  })

  it.each<[string, () => boolean]>([
    ['throws', () => JSON.parse('no') as boolean],
    ['rejects', (() => Promise.reject(new Error('away'))) as never],
    ['resolves', (() => Promise.resolve(true)) as never],
  ])('denies, and is reported, if cors %s', async (_what, cors) => {
    const at = await provider({ layer }, { routes: { cors } })
    const heard: unknown[] = []
    at.oauth.events.on('server.error', ({ error }) => heard.push(error))
    const answer = await askForToken(at, at.web, ownToken).set('Origin', 'https://a.example')
    if (heard.length === 0) return // On Express, the test mounts its endpoints without the router.
    expect(answer.status).toBe(200)
    expect(answer.headers).not.toHaveProperty('access-control-allow-origin')
    expect(heard).toHaveLength(1)
  })

  it('goes to debug alone if that is a function', async () => {
    const debug = jest.fn()
    await ask({ ...brokenConsent, debug })
    expect(debug).toHaveBeenCalledTimes(1)
    expect(warnings()).toEqual([])
  })

  it('is not reported if debug is false', async () => {
    await ask({ ...brokenConsent, debug: false })
    expect(warnings()).toEqual([])
  })

  it('is an event, and no warning if somebody listens', async () => {
    const at = await provider({ layer }, brokenConsent)
    const heard: EventMap['server.error'][0][] = []
    at.oauth.events.on('server.error', (event) => heard.push(event))
    await authorize(at, authorizationRequest(at.web).parameters)
    expect(heard).toEqual([{ error: expect.any(RangeError) }])
    expect(warnings()).toEqual([])
  })

  it('is one event for a failed store, and a listener that throws changes nothing', async () => {
    const failure = Object.assign(new Error(secret), { code: 'ECONNREFUSED' })
    const through = (store: ReturnType<typeof memoryStore>) => ({
      ...store,
      getClient: () => Promise.reject(failure),
    })
    const at = await provider({ layer }, { through })
    const heard: unknown[] = []
    at.oauth.events.on('server.error', ({ error }) => {
      heard.push(error)
      throw new Error('a faulty listener')
    })
    const answer = await askForToken(at, at.web, ownToken)
    expect(refusal(answer)).toEqual({ status: 503, error: 'temporarily_unavailable' })
    expect(heard).toEqual([failure])
  })

  it('is not what a client does wrong', async () => {
    const at = await provider({ layer })
    const heard = jest.fn()
    at.oauth.events.on('server.error', heard)
    await askForToken(at, { ...at.web, secret: 'wrong' }, ownToken)
    await askForToken(at, at.web, { grant_type: 'password' })
    await authorize(at, { client_id: 'nobody' })
    expect(heard).not.toHaveBeenCalled()
    expect(warnings()).toEqual([])
  })

  const hashOfAnother = '$2b$10$abcdefghijklmnopqrstuuH1eZ1jXyIuYXTGGOMpX3rNhdVPN0YMi'
  it.each([
    ['a hash that passwords.verify does not know', { secretHash: hashOfAnother }],
    ['an error of the SQL text', Object.assign(new Error(secret), { code: '42P01' })],
  ])('that is permanent is a 500 that is reported: %s', async (_what, fault) => {
    const through = (store: ReturnType<typeof memoryStore>) => ({
      ...store,
      getClient: async (id: string) => {
        if (fault instanceof Error) throw fault
        const client = await store.getClient(id)
        return client && { ...client, ...fault }
      },
    })
    const at = await provider({ layer }, { through })
    const answer = await askForToken(at, at.web, ownToken)
    expect(refusal(answer)).toEqual({ status: 500, error: 'server_error' })
    expect(answer.headers).not.toHaveProperty('retry-after')
    expect(answer.text).not.toContain('hunter2')
    expect(warnings()).toHaveLength(1)
    expect(warnings()[0]).not.toContain('hunter2')
  })
})

/** Returns an object that throws whatever is done with it. */
function unreadable(): object {
  const traps = { get: fail, has: fail, ownKeys: fail, getPrototypeOf: fail }
  return new Proxy({}, { ...traps, getOwnPropertyDescriptor: fail })
}

function fail(): never {
  throw new Error('trap')
}

function failUnreadably(): never {
  throw unreadable()
}

/** A provider whose router is mounted at a path. */
async function app(url: string, mount = '/', debug?: false) {
  const store = memoryStore()
  await createClient(store, { grantTypes: ['client_credentials'] })
  const grants = ['client_credentials']
  const oauth = oauthserver({ store, issuer: url, grants, ...(debug === false && { debug }) })
  const at = express()
  at.use(mount, oauth.router())
  return at
}

describe('requests that do not fit the issuer', () => {
  it('warn once if the router is mounted at a path that the issuer does not have', async () => {
    const at = await app(issuer, '/auth')
    for (let n = 0; n < 3; n++) {
      expect((await request(at).post('/auth/oauth/token')).status).toBe(404)
    }
    expect(warnings('OAUTH2_KIT_ISSUER')).toEqual([
      expect.stringMatching(
        `The router is mounted at /auth, so a request for /oauth/token does not reach it.*${issuer}`,
      ),
    ])
  })

  it.each(['/', '/any/other/path', '/oauth/token'])(
    'warn if the metadata cannot be reached: the first one is for /auth%s',
    async (path) => {
      // The endpoints are below the path of the issuer, and the metadata is not (RFC 8414 3).
      const at = await app(`${issuer}/auth`, '/auth')
      await request(at).post(`/auth${path}`).set('Host', 'auth.example')
      expect(warnings('OAUTH2_KIT_ISSUER')).toEqual([
        expect.stringContaining(
          'mounted at /auth, so a request for /.well-known/oauth-authorization-server/auth does not',
        ),
      ])
    },
  )

  it.each(expresses)(
    'do not warn if metadata() serves it, on $version',
    async ({ express: on }) => {
      const store = memoryStore()
      const url = `${issuer}/auth`
      const oauth = oauthserver({ store, issuer: url, grants: ['client_credentials'] })
      const at = on()
      at.use('/auth', oauth.router())
      at.get('/.well-known/oauth-authorization-server/auth', oauth.metadata())
      await request(at).post('/auth/oauth/token').set('Host', 'auth.example')
      expect(warnings('OAUTH2_KIT_ISSUER')).toEqual([])
    },
  )

  it.each<[string, string, Record<string, string>, number]>([
    ['/token', 'is not in the metadata', {}, 1],
    ['/oauth/token', 'is that of the metadata', {}, 0],
    ['/token', 'is what a proxy leaves of it', { 'X-Forwarded-For': '10.0.0.1' }, 0],
    ['/other', 'is another one behind a proxy', { 'X-Forwarded-For': '10.0.0.1' }, 1],
  ])('warn once if the path of grant(), %s, %s: %#', async (path, _what, headers, count) => {
    const store = memoryStore()
    const oauth = oauthserver({ store, issuer, grants: ['client_credentials'] })
    const at = express()
    at.get('/.well-known/oauth-authorization-server', oauth.metadata())
    at.post(path, oauth.grant())
    for (let n = 0; n < 3; n++) await request(at).post(path).set(headers)
    const expected = expect.stringMatching(
      `"token" .* at ${path}, but the metadata says /oauth/token`,
    )
    expect(warnings('OAUTH2_KIT_ISSUER')).toEqual(Array.from({ length: count }, () => expected))
  })

  it('warn once if a proxy removes the path of the issuer', async () => {
    const at = await app(`${issuer}/auth`)
    for (let n = 0; n < 3; n++) await request(at).post('/oauth/token')
    expect(warnings('OAUTH2_KIT_ISSUER')).toEqual([
      expect.stringContaining('the endpoint is /auth/oauth/token'),
    ])
  })

  it('warn once if they come to another host, and not if a proxy says the right one', async () => {
    const at = await app(issuer)
    const post = () => request(at).post('/oauth/token')
    await post().set('X-Forwarded-Host', 'auth.example, inner')
    await post().set('Host', 'auth.example')
    await post().set('Host', 'auth.example:443')
    expect(warnings('OAUTH2_KIT_ISSUER')).toEqual([])
    for (let n = 0; n < 3; n++) await post().set('Host', 'evil.example')
    expect(warnings('OAUTH2_KIT_ISSUER')).toEqual([expect.stringContaining('"evil.example"')])
  })

  it('warn once although fetch() gets new options each time', async () => {
    const store = memoryStore()
    const oauth = oauthserver({ store, issuer, grants: ['client_credentials'] })
    for (let n = 0; n < 3; n++) {
      const url = `https://other-${n}.example/oauth/token`
      await oauth.fetch(new Request(url, { method: 'POST' }), { prefix: '/oauth' })
    }
    expect(warnings('OAUTH2_KIT_ISSUER')).toHaveLength(1)
  })

  it.each(['//oauth/token', '/(a)/oauth/token'])(
    'do not warn for the target %s, which anyone can send',
    async (target) => {
      const at = await app(issuer)
      await request(at).post(target).set('Host', 'auth.example')
      expect(warnings('OAUTH2_KIT_ISSUER')).toEqual([])
    },
  )

  it('do not warn for the paths of a resource and the issuer, which the metadata ends with', async () => {
    const resources = [`${issuer}/mcp`]
    const grants = ['client_credentials']
    const oauth = oauthserver({ store: memoryStore(), issuer: `${issuer}/auth`, resources, grants })
    const at = express()
    at.use(oauth.router())
    for (const path of ['/mcp', '/auth']) await request(at).post(path).set('Host', 'auth.example')
    expect(warnings('OAUTH2_KIT_ISSUER')).toEqual([])
  })

  it('do not warn for other paths, or if debug is false', async () => {
    const at = await app(issuer)
    await request(at).get('/').set('Host', 'auth.example')
    await request(at).get('/favicon.ico').set('Host', 'auth.example')
    const silent = await app(issuer, '/auth', false)
    await request(silent).post('/auth/oauth/token')
    expect(warnings('OAUTH2_KIT_ISSUER')).toEqual([])
  })
})

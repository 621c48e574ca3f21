import type { Hooks, Options } from '@oauth2-kit/core'
import request from 'supertest'
import { sha256 } from '../../src/crypto/hash'
import express from 'express'
import { layers } from '../support/layers'
import {
  type Provider,
  type TestClient,
  about,
  authorizationRequest,
  authorize,
  askForToken,
  getCode,
  exchange,
  me,
  provider,
  redirected,
  refresh,
  refusal,
  register,
  signIn,
  tokensOf,
} from '../support/provider'

const ownToken = { grant_type: 'client_credentials' }
const serverError = { status: 500, error: 'server_error' }
const passwordGrant = { grant_type: 'password', username: 'ada', password: 'a password' }
const uri = 'urn:example:grant'

/** Silences the warnings about the password grant and about faults that a test makes on purpose. */
beforeEach(() => {
  jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
})
afterEach(() => jest.restoreAllMocks())

const everyGrant = {
  grants: ['authorization_code', 'refresh_token', 'client_credentials', 'password', uri],
  users: { authenticate: async () => ({ id: 'ada', roles: ['admin'] }) },
  extendedGrant: () => ({ id: 'grace', roles: [] }),
}

function everyClient({ store }: Provider): Promise<TestClient> {
  return register(store, { grantTypes: everyGrant.grants })
}

describe.each(layers)('the hook scopes on $version', ({ layer }) => {
  it('narrows the scope of every grant type, refresh included', async () => {
    const asked: unknown[] = []
    const scopes: Options['scopes'] = ({ scopes: requested, grantType, user, client }) => {
      asked.push([grantType, user?.['id'], client.id])
      return requested.filter((scope) => scope !== 'email')
    }
    const at = await provider({ layer }, { ...everyGrant, scopes })
    const client = await everyClient(at)
    const code = await signIn(at, client)
    const answers = [
      code,
      tokensOf(await refresh(at, client, code.refresh_token)),
      tokensOf(await askForToken(at, client, ownToken)),
      tokensOf(await askForToken(at, client, passwordGrant)),
      tokensOf(await askForToken(at, client, { grant_type: uri })),
    ]
    expect(answers.map(({ scope }) => scope)).toEqual(answers.map(() => 'profile'))
    expect(asked).toEqual([
      ['authorization_code', at.user.id, client.id],
      ['authorization_code', at.user.id, client.id],
      ['refresh_token', at.user.id, client.id],
      ['client_credentials', undefined, client.id],
      ['password', 'ada', client.id],
      [uri, 'grace', client.id],
    ])
  })

  it('narrows before the consent page, whose user cannot widen it again', async () => {
    const shown: unknown[] = []
    const decider: Hooks = {
      authenticate: () => ({ id: 'ada' }),
      consent(_req, _res, { scopes }) {
        shown.push(scopes)
        return { scope: 'profile email' }
      },
    }
    const at = await provider({ layer }, { decider, scopes: () => ['profile'] })
    const { parameters } = authorizationRequest(at.web)
    expect(redirected(await authorize(at, parameters))).toMatchObject({ error: 'server_error' })
    expect(shown).toEqual([['profile']])
  })

  it('that allows nothing is an invalid_scope, and asks nobody for consent', async () => {
    const consent = jest.fn(() => true)
    const decider: Hooks = { authenticate: () => ({ id: 'ada' }), consent }
    const at = await provider({ layer }, { decider, scopes: () => [] })
    const { parameters } = authorizationRequest(at.web)
    expect(redirected(await authorize(at, parameters))).toMatchObject({ error: 'invalid_scope' })
    expect(consent).not.toHaveBeenCalled()
    expect(refusal(await askForToken(at, at.web, ownToken))).toEqual({
      status: 400,
      error: 'invalid_scope',
    })
  })

  it('takes a scope from a refresh, and gives it back in a later one', async () => {
    let allowed = ['profile', 'email']
    const at = await provider({ layer }, { scopes: () => allowed })
    const first = await signIn(at, at.web)
    allowed = ['profile']
    const second = tokensOf(
      await refresh(at, at.web, first.refresh_token, { scope: 'profile email' }),
    )
    expect(second.scope).toBe('profile')
    allowed = ['profile', 'email']
    expect(tokensOf(await refresh(at, at.web, second.refresh_token)).scope).toBe('profile email')
  })

  it.each<[string, unknown]>([
    ['wider', ['profile', 'admin']],
    ['no list', 'profile'],
    ['true', true],
    ['undefined', undefined],
    ['a list of others', [7]],
  ])('that returns %s is a server_error, and nothing is issued', async (_what, value) => {
    const at = await provider({ layer }, { scopes: async () => value as never })
    const client = await register(at.store, {
      grantTypes: ['client_credentials'],
      scopes: ['profile'],
    })
    expect(refusal(await askForToken(at, client, ownToken))).toEqual(serverError)
    const { grants } = await at.store.listGrants({ clientId: client.id }, { limit: 10 })
    expect(grants).toEqual([])
  })

  it('that throws leaves the code valid', async () => {
    let fails = false
    const scopes: Options['scopes'] = ({ scopes: requested }) => {
      if (fails) throw new Error('database away')
      return requested
    }
    const at = await provider({ layer }, { scopes })
    const code = await getCode(at, at.web)
    fails = true
    expect((await exchange(at, at.web, code)).status).toBe(503)
    fails = false
    tokensOf(await exchange(at, at.web, code))
  })

  it('receives the user as users.find returns it', async () => {
    const users = { find: async (id: string) => ({ id, roles: ['editor'] }) }
    const seen: unknown[] = []
    const scopes: Options['scopes'] = ({ scopes: requested, user, grantType }) => {
      if (grantType === 'refresh_token') seen.push(user)
      return requested
    }
    const at = await provider({ layer }, { users, scopes })
    const { refresh_token } = await signIn(at, at.web)
    await refresh(at, at.web, refresh_token)
    expect(seen).toEqual([{ id: at.user.id, roles: ['editor'] }])
  })
})

describe.each(layers)('the hook claims on $version', ({ layer }) => {
  it('adds members to the token response and to the introspection of its access token', async () => {
    const at = await provider(
      { layer },
      {
        claims: ({ client, user, scopes, grantType, grant }) => ({
          tenant: 'acme',
          about: [client.id, user?.['id'] ?? null, scopes, grantType],
          grant: grant.id,
        }),
      },
    )
    const first = await signIn(at, at.web)
    const [{ id } = { id: '' }] = (
      await at.store.listGrants({ clientId: at.web.id }, { limit: 10 })
    ).grants
    const expected = (grantType: string) => ({
      tenant: 'acme',
      about: [at.web.id, at.user.id, ['profile', 'email'], grantType],
      grant: id,
    })
    expect(first).toMatchObject(expected('authorization_code'))
    const second = tokensOf(await refresh(at, at.web, first.refresh_token))
    expect(second).toMatchObject(expected('refresh_token'))
    const introspect = async (token: string) => (await about('introspect', at, at.web, token)).body
    expect(await introspect(first.access_token)).toMatchObject(expected('authorization_code'))
    expect(await introspect(second.access_token)).toMatchObject(expected('refresh_token'))
    // The refresh token is not for a resource.
    expect(await introspect(second.refresh_token)).not.toHaveProperty('tenant')
  })

  it('are repeated with a repeated refresh', async () => {
    let count = 0
    const at = await provider({ layer }, { claims: () => ({ count: ++count }) })
    const { refresh_token } = await signIn(at, at.web)
    const one = tokensOf(await refresh(at, at.web, refresh_token))
    expect(tokensOf(await refresh(at, at.web, refresh_token))).toEqual(one)
  })

  it.each<[string, unknown]>([
    ['a reserved member', { sub: 'someone else' }],
    ['another reserved member', { access_token: 'x' }],
    ['active', { active: true }],
    ['__proto__', JSON.parse('{"__proto__":{"admin":true}}')],
    ['an array', ['x']],
    ['text', 'x'],
    ['true', true],
    ['a BigInt', { n: 1n }],
    ['too much', { x: 'a'.repeat(4096) }],
    ['an instance', new Map()],
    ['undefined, as if a return were missing,', undefined],
  ])('that return %s are a server_error, and nothing is issued', async (_what, value) => {
    const at = await provider({ layer }, { claims: () => value as never })
    expect(refusal(await askForToken(at, at.web, ownToken))).toEqual(serverError)
    const { grants } = await at.store.listGrants({ clientId: at.web.id }, { limit: 10 })
    expect(grants).toEqual([])
  })

  it.each([null, {}])('may be %p', async (value) => {
    const at = await provider({ layer }, { claims: () => value })
    const { body } = await askForToken(at, at.web, ownToken)
    expect(Object.keys(body as object).toSorted()).toEqual([
      'access_token',
      'expires_in',
      'scope',
      'token_type',
    ])
  })
})

describe.each(layers)('the metadata of a grant on $version', ({ layer }) => {
  it('rides from the consent to every refresh and every request', async () => {
    const metadata = { organization: 'acme', limits: { files: 7 }, ключ: 'é' }
    const decider: Hooks = { authenticate: () => ({ id: 'ada' }), consent: () => ({ metadata }) }
    const seen: unknown[] = []
    const claims: Options['claims'] = ({ grant }) => {
      seen.push(grant.metadata)
      return null
    }
    const at = await provider({ layer }, { decider, claims })
    const first = await signIn(at, at.web)
    const second = tokensOf(await refresh(at, at.web, first.refresh_token))
    const third = tokensOf(await refresh(at, at.web, second.refresh_token, { scope: 'email' }))
    expect(seen).toEqual([metadata, metadata, metadata])
    expect((await me(at, third.access_token)).body).toMatchObject({ grant: { metadata } })
  })

  it('may come with a narrower scope', async () => {
    const decider: Hooks = {
      authenticate: () => ({ id: 'ada' }),
      consent: () => ({ scope: 'email', metadata: { a: 1 } }),
    }
    const at = await provider({ layer }, { decider })
    const { access_token, scope } = await signIn(at, at.web)
    expect(scope).toBe('email')
    expect((await me(at, access_token)).body).toMatchObject({ grant: { metadata: { a: 1 } } })
  })

  it.each<[string, unknown]>([
    ['text', 'x'],
    ['a list', []],
    ['null', null],
    ['a BigInt', { n: 1n }],
    ['too much', { x: 'a'.repeat(4096) }],
  ])('that is %s is a server_error', async (_what, metadata) => {
    const consent = () => ({ metadata }) as never
    const decider: Hooks = { authenticate: () => ({ id: 'ada' }), consent }
    const at = await provider({ layer }, { decider })
    const { parameters } = authorizationRequest(at.web)
    expect(redirected(await authorize(at, parameters))).toMatchObject({ error: 'server_error' })
  })
})

describe.each(layers)('generateToken on $version', ({ layer }) => {
  it.each([undefined, '', false, 0])('that returns %p is a server_error', async (value) => {
    const debug = jest.fn()
    const at = await provider({ layer }, { generateToken: () => value as never, debug })
    expect(refusal(await askForToken(at, at.web, ownToken))).toEqual(serverError)
    expect(String(debug.mock.calls[0]?.[0].cause)).toMatch(
      /"generateToken" must return .*, or null for a token of the server, but returned /,
    )
  })

  it('receives what the token is for', async () => {
    const calls: unknown[] = []
    let count = 0
    const generateToken: Options['generateToken'] = (type, _request, details) => {
      const { client, user, scopes, expiresAt, grantId } = details
      calls.push([type, client.id, user?.['id'], scopes, expiresAt, grantId])
      return `token-${++count}`.padEnd(40, 'x')
    }
    const at = await provider({ layer }, { generateToken, accessTokenLifetime: null })
    await signIn(at, at.web)
    const [{ id } = { id: '' }] = (
      await at.store.listGrants({ clientId: at.web.id }, { limit: 10 })
    ).grants
    const about = [at.web.id, at.user.id, ['profile', 'email']]
    expect(calls).toEqual([
      ['authorization_code', ...about, new Date(at.clock.at + 30_000), id],
      ['accessToken', ...about, null, id],
      ['refreshToken', ...about, new Date(at.clock.at + 1_209_600_000), id],
    ])
  })
})

describe.each(layers)('what an application gets of a grant on $version', ({ layer }) => {
  it('is a copy: a change reaches no other request, and no store', async () => {
    const metadata = { role: 'user' }
    const decider: Hooks = { authenticate: () => ({ id: 'ada' }), consent: () => ({ metadata }) }
    const seen: unknown[] = []
    const claims: Options['claims'] = ({ grant }) => {
      seen.push({ ...grant.metadata })
      if (grant.metadata) grant.metadata['role'] = 'admin'
      return null
    }
    const at = await provider({ layer }, { decider, claims })
    const first = await signIn(at, at.web)
    metadata.role = 'admin'
    const found = await at.store.find(sha256(first.access_token))
    expect(JSON.parse(found!.data)).toMatchObject({ metadata: { role: 'user' } })
    const second = tokensOf(await refresh(at, at.web, first.refresh_token))
    expect(seen).toEqual([{ role: 'user' }, { role: 'user' }])
    expect((await me(at, second.access_token)).body).toMatchObject({
      grant: { metadata: { role: 'user' } },
    })
  })
})

it('a handler that changes req.oauth.grant.metadata changes its own copy', async () => {
  const decider: Hooks = {
    authenticate: () => ({ id: 'ada' }),
    consent: () => ({ metadata: { role: 'user' } }),
  }
  const at = await provider(express, { decider })
  const { access_token } = await signIn(at, at.web)
  const app = express()
  const roles: unknown[] = []
  app.get('/', at.oauth.authorise(), (req, res) => {
    const own = req.oauth!.grant!.metadata as { role: string }
    roles.push(own.role)
    own.role = 'admin'
    res.end()
  })
  for (let n = 0; n < 3; n++) {
    await request(app).get('/').set('Authorization', `Bearer ${access_token}`)
  }
  expect(roles).toEqual(['user', 'user', 'user'])
})

it.each([
  ['a toJSON() that returns text', { toJSON: () => 'abc' }],
  ['a toJSON() that returns nothing', { toJSON: () => {} }],
  ['a toJSON() with a reserved member', { toJSON: () => ({ sub: 'x', id_token: 'y' }) }],
  [
    'a Proxy that throws',
    new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error('no')
        },
      },
    ),
  ],
])('claims with %s are a server_error', async (_what, value) => {
  const at = await provider(express, { claims: () => value })
  expect(refusal(await askForToken(at, at.web, ownToken))).toEqual(serverError)
})

it('scopes that changes the list it received cannot widen', async () => {
  const at = await provider(express, {
    scopes(about) {
      about.scopes.push('admin')
      return about.scopes
    },
  })
  expect(refusal(await askForToken(at, at.web, ownToken))).toEqual(serverError)
})

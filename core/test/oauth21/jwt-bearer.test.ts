import { randomUUID } from 'node:crypto'
import oauthserver, { type TrustedIssuer, updateClient } from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'
import request from 'supertest'
import { type Different, signed, testKey, unsigned } from '../support/assertions'
import { layers } from '../support/layers'
import {
  type Parameters,
  issuer,
  me,
  provider,
  refusal,
  register,
  tokensOf,
} from '../support/provider'

const [onLayer] = layers as [(typeof layers)[0]]
const jwtBearer = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
const grants = [jwtBearer, 'refresh_token']
const partner = 'https://partner.example'
const invalidGrant = { status: 400, error: 'invalid_grant' }

/** Seconds from the start of the clock. */
const seconds = (from: number) => 1_800_000_000 + from
const nobody = () => null

interface Setting {
  on?: (typeof layers)[0]
  trusted?: Partial<TrustedIssuer>
  alg?: string
  options?: object
}

/** A provider that trusts an issuer, and a client that may present its assertions. */
async function withIssuer({
  on = onLayer,
  trusted = {},
  alg = 'ES256',
  options = {},
}: Setting = {}) {
  const key = testKey(alg)
  const user = jest.fn((claims: { sub: string }) => ({ id: `partner-${claims.sub}` }))
  const trustedIssuers = [
    {
      issuer: partner,
      ...(trusted.jwksUri === undefined && { jwks: { keys: [key.publicKey] } }),
      user,
      ...trusted,
    },
  ]
  const at = await provider(on, { grants, trustedIssuers, ...options })
  const client = await register(at.store, { grantTypes: [...grants], scopes: ['profile', 'email'] })
  const assertion = (different?: Different) =>
    signed(key, { iss: partner, sub: 'ada', aud: issuer }, at.clock.at, different)
  const post = (form: Parameters) =>
    request(at.app)
      .post('/oauth/token')
      .auth(client.id, client.secret!)
      .type('form')
      .send(
        new URLSearchParams({ grant_type: jwtBearer, ...form } as Record<
          string,
          string
        >).toString(),
      )
  const ask = async (different?: Different, form: Parameters = {}) =>
    post({ assertion: await assertion(different), ...form })
  return { at, client, key, user, assertion, post, ask }
}

function reasonOf({ body }: request.Response): string {
  return (body as { error_description: string }).error_description
}

describe.each(layers)('the JWT bearer grant on $version', (on) => {
  it('issues an access token for the user, without a refresh token', async () => {
    const { at, ask, user, client } = await withIssuer({ on })
    const tokens = tokensOf(await ask({}, { scope: 'profile' }))
    expect(tokens).toMatchObject({ token_type: 'Bearer', scope: 'profile' })
    expect(tokens).not.toHaveProperty('refresh_token')
    const { body } = await me(at, tokens.access_token)
    expect(body).toMatchObject({ user: { id: 'partner-ada' }, scope: 'profile' })
    expect(user).toHaveBeenCalledWith(
      expect.objectContaining({ iss: partner, sub: 'ada', aud: issuer }),
      {
        client: expect.objectContaining({ id: client.id }) as unknown,
        request: expect.anything() as unknown,
      },
    )
  })
})

describe('the JWT bearer grant', () => {
  it.each(['RS256', 'PS256', 'EdDSA'])('accepts a signature with %s', async (alg) => {
    const { ask } = await withIssuer({ alg })
    expect((await ask()).status).toBe(200)
  })

  it.each<[string, Different, string]>([
    ['an unknown issuer', { claims: { iss: 'https://other.example' } }, 'issuer is not trusted'],
    ['no issuer', { claims: { iss: undefined } }, 'iss must be text'],
    ['no subject', { claims: { sub: undefined } }, 'sub must be text'],
    ['another audience', { claims: { aud: 'https://other.example' } }, 'aud must be'],
    ['a second audience', { claims: { aud: [issuer, 'https://other.example'] } }, 'aud must be'],
    ['no audience', { claims: { aud: undefined } }, 'aud must be'],
    ['no expiry', { claims: { exp: undefined } }, 'exp is missing'],
    ['an expiry in the past', { claims: { exp: seconds(-30) } }, 'exp is in the past'],
    ['an expiry far ahead', { claims: { exp: seconds(86_431) } }, 'exp is more than'],
    ['an nbf in the future', { claims: { nbf: seconds(31) } }, 'nbf is in the future'],
    ['no jti', { claims: { jti: undefined } }, 'jti must be'],
    ['the typ of an access token', { header: { typ: 'at+jwt' } }, 'typ is'],
    ['the typ of a client', { header: { typ: 'client-authentication+jwt' } }, 'typ is'],
    ['crit', { header: { crit: ['own'], own: true } }, 'crit is not supported'],
    ['an unknown key', { key: testKey() }, 'no key of the issuer'],
  ])('refuses an assertion with %s', async (_what, different, reason) => {
    const { ask, user } = await withIssuer()
    const answer = await ask(different)
    expect(refusal(answer)).toEqual(invalidGrant)
    expect(reasonOf(answer)).toContain(reason)
    expect(user).not.toHaveBeenCalled()
  })

  it('refuses alg none, a missing assertion, and text that is no assertion', async () => {
    const { post, at } = await withIssuer()
    const exp = Math.floor(at.clock.at / 1000) + 60
    const claims = { iss: partner, sub: 'ada', aud: issuer, exp, jti: randomUUID() }
    expect(refusal(await post({ assertion: unsigned({ alg: 'none' }, claims) }))).toEqual(
      invalidGrant,
    )
    expect(refusal(await post({ assertion: 'text' }))).toEqual(invalidGrant)
    expect(refusal(await post({}))).toEqual({ status: 400, error: 'invalid_request' })
  })

  it('accepts an assertion once, of 20 parallel uses too', async () => {
    const { assertion, post } = await withIssuer()
    const form = { assertion: await assertion() }
    const answers = await Promise.all(Array.from({ length: 20 }, () => post(form)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    const again = await post(form)
    expect(refusal(again)).toEqual(invalidGrant)
    expect(reasonOf(again)).toContain('used before')
  })

  it('with singleUse false accepts an assertion until it expires, without a jti too', async () => {
    const { at, assertion, post } = await withIssuer({ trusted: { singleUse: false } })
    const form = { assertion: await assertion({ claims: { jti: undefined } }) }
    for (let i = 0; i < 2; i++) expect((await post(form)).status).toBe(200)
    at.clock.step(90_000)
    expect(refusal(await post(form))).toEqual(invalidGrant)
  })

  it('does not use up an assertion whose user cannot be looked up at present', async () => {
    let isDown = true
    const user = async () => {
      if (isDown) throw new Error('down')
      return { id: 'ada' }
    }
    const { assertion, post } = await withIssuer({ trusted: { user } })
    const form = { assertion: await assertion() }
    expect(refusal(await post(form))).toEqual({ status: 503, error: 'temporarily_unavailable' })
    isDown = false
    expect((await post(form)).status).toBe(200)
  })

  it.each(['scopes', 'claims'])('does not use up an assertion if %s fails', async (hook) => {
    let isDown = true
    const { assertion, post } = await withIssuer({
      options: {
        debug: false,
        async [hook]() {
          if (isDown) throw new Error('down')
          return hook === 'scopes' ? ['profile'] : {}
        },
      },
    })
    const form = { assertion: await assertion() }
    expect((await post(form)).status).toBe(503)
    isDown = false
    expect((await post(form)).status).toBe(200)
    expect(refusal(await post(form))).toEqual(invalidGrant)
  })

  it.each<[string, unknown, object]>([
    ['null', null, invalidGrant],
    ['undefined', undefined, { status: 500, error: 'server_error' }],
    ['true', true, { status: 500, error: 'server_error' }],
    ['an object without an id', {}, { status: 500, error: 'server_error' }],
  ])('with a user that is %s issues nothing', async (_what, user, expected) => {
    const { ask } = await withIssuer({ trusted: { user: () => user as never } })
    expect(refusal(await ask())).toEqual(expected)
  })

  it('ignores what the application does to the claims and the client', async () => {
    const { assertion, post } = await withIssuer({
      trusted: {
        user(claims, { client }) {
          Object.assign(claims, { jti: 'other', exp: 0 })
          client.grantTypes.length = 0
          return { id: 'ada' }
        },
      },
    })
    const form = { assertion: await assertion() }
    expect((await post(form)).status).toBe(200)
    expect(reasonOf(await post(form))).toContain('used before')
  })

  it('accepts the audience of the option only', async () => {
    const endpoint = `${issuer}/oauth/token`
    const { ask } = await withIssuer({ trusted: { audience: [endpoint, 'urn:us'] } })
    for (const aud of [endpoint, 'urn:us', [endpoint]])
      expect((await ask({ claims: { aud } })).status).toBe(200)
    expect(refusal(await ask())).toEqual(invalidGrant)
  })

  it('accepts the algorithms of the option only', async () => {
    const { ask } = await withIssuer({ trusted: { algorithms: ['RS256'] } })
    const answer = await ask()
    expect(refusal(answer)).toEqual(invalidGrant)
    expect(reasonOf(answer)).toContain("alg is 'ES256', not RS256")
  })

  it('fetches the keys at jwksUri, and is unavailable if it cannot', async () => {
    const key = testKey()
    const fetchJwks = jest.fn(async (): Promise<unknown> => ({ keys: [key.publicKey] }))
    const trusted = { jwksUri: `${partner}/jwks` }
    const { at, ask } = await withIssuer({ trusted, options: { fetchJwks } })
    expect((await ask({ key })).status).toBe(200)
    fetchJwks.mockRejectedValue(new Error('down'))
    at.clock.step(300_000)
    expect((await ask({ key })).status).toBe(200)
    at.clock.step(3_600_000)
    const answer = await ask({ key })
    expect(refusal(answer)).toEqual({ status: 503, error: 'temporarily_unavailable' })
    expect(answer.headers['retry-after']).toBe('1')
  })

  it('narrows the scope and the resources as other grant types do', async () => {
    const resources = ['https://api.example', 'https://other.example']
    const { ask, at, client } = await withIssuer({ options: { resources } })
    await updateClient(at.store, client.id, { allowedResources: ['https://api.example'] })
    expect(tokensOf(await ask()).scope).toBe('profile email')
    const form = { resource: 'https://other.example' }
    expect(refusal(await ask({}, form))).toMatchObject({ error: 'invalid_target' })
    expect(refusal(await ask({}, { scope: 'admin' }))).toMatchObject({ error: 'invalid_scope' })
  })

  it('needs a client that is authenticated and registered for it', async () => {
    const { at, assertion } = await withIssuer()
    const form = { grant_type: jwtBearer, assertion: await assertion() }
    const send = (id: string, secret: string) =>
      request(at.app)
        .post('/oauth/token')
        .auth(id, secret)
        .type('form')
        .send(new URLSearchParams(form).toString())
    expect(refusal(await send(at.web.id, 'wrong'))).toEqual({
      status: 401,
      error: 'invalid_client',
    })
    expect(refusal(await send(at.web.id, at.web.secret!))).toEqual({
      status: 400,
      error: 'unauthorized_client',
    })
  })

  it('without trustedIssuers is a grant type of the application', async () => {
    const extendedGrant = jest.fn(async () => ({ id: 'ada' }))
    const at = await provider(onLayer, { grants, extendedGrant })
    const client = await register(at.store, { grantTypes: [...grants] })
    const form = { grant_type: jwtBearer, assertion: 'a'.repeat(9000) }
    const answer = await request(at.app)
      .post('/oauth/token')
      .auth(client.id, client.secret!)
      .type('form')
      .send(new URLSearchParams(form).toString())
    expect(tokensOf(answer)).not.toHaveProperty('refresh_token')
    expect(extendedGrant).toHaveBeenCalledWith(
      jwtBearer,
      expect.anything(),
      expect.objectContaining({ assertion: form.assertion }),
    )
  })
})

describe('the option trustedIssuers', () => {
  const store = memoryStore()
  const key = testKey()
  const jwks = { keys: [key.publicKey] }
  const user = nobody
  const one = { issuer: partner, jwks, user }

  const build = (trustedIssuers: unknown, others: object = {}) =>
    oauthserver({ store, issuer, grants, trustedIssuers, ...others } as never)

  it('accepts valid issuers', () => {
    expect(() => build([one, { issuer: 'b', jwksUri: 'https://b.example', user }])).not.toThrow()
  })

  it.each<[string, unknown, string]>([
    ['null', null, 'trustedIssuers'],
    ['no array', one, 'trustedIssuers'],
    ['an empty array', [], 'trustedIssuers'],
    ['a string', [partner], 'trustedIssuers[0]'],
    ['an unknown member', [{ ...one, jwks_uri: 'a' }], 'trustedIssuers[0].jwks_uri'],
    ['no issuer', [{ jwks, user }], 'trustedIssuers[0].issuer'],
    ['an issuer that is empty', [{ ...one, issuer: '' }], 'trustedIssuers[0].issuer'],
    ['no user', [one, { issuer: 'b', jwks }], 'trustedIssuers[1].user'],
    ['a user that is no function', [{ ...one, user: 1 }], 'trustedIssuers[0].user'],
    ['no keys', [{ issuer: partner, user }], 'trustedIssuers[0].jwks'],
    ['both kinds of keys', [{ ...one, jwksUri: 'https://a.example' }], 'trustedIssuers[0].jwks'],
    ['a private key', [{ ...one, jwks: { keys: [key.privateKey] } }], 'trustedIssuers[0].jwks'],
    [
      'an http URL',
      [{ issuer: 'a', user, jwksUri: 'http://a.example' }],
      'trustedIssuers[0].jwksUri',
    ],
    ['alg none', [{ ...one, algorithms: ['none'] }], 'trustedIssuers[0].algorithms'],
    ['HS256', [{ ...one, algorithms: ['ES256', 'HS256'] }], 'trustedIssuers[0].algorithms'],
    ['no algorithm', [{ ...one, algorithms: [] }], 'trustedIssuers[0].algorithms'],
    ['an empty audience', [{ ...one, audience: '' }], 'trustedIssuers[0].audience'],
    ['no audience', [{ ...one, audience: [] }], 'trustedIssuers[0].audience'],
    ['singleUse that is text', [{ ...one, singleUse: 'no' }], 'trustedIssuers[0].singleUse'],
    ['the same issuer twice', [one, one], 'trustedIssuers'],
  ])('refuses %s', (_what, trustedIssuers, option) => {
    expect(() => build(trustedIssuers)).toThrow(expect.objectContaining({ option }))
  })

  it('says that an empty array is empty', () => {
    expect(() => build([])).toThrow('"trustedIssuers" is empty')
  })

  it('is needed by the grant type, and needs it', () => {
    expect(() => build(undefined)).toThrow(expect.objectContaining({ option: 'trustedIssuers' }))
    expect(() => build([one], { grants: ['refresh_token'] })).toThrow(
      expect.objectContaining({ option: 'trustedIssuers' }),
    )
    expect(() => build(undefined, { extendedGrant: () => null })).not.toThrow()
  })

  it('needs an issuer, unless it has an audience', () => {
    const others = { issuer: undefined }
    expect(() => build([one], others)).toThrow(expect.objectContaining({ option: 'issuer' }))
    expect(() => build([{ ...one, audience: 'urn:us' }], others)).not.toThrow()
  })

  it.each(['trustedIssuers', 'fetchJwks'])(
    '%s needs a store and the profile oauth2.1',
    (option) => {
      const value = option === 'fetchJwks' ? async () => jwks : [one]
      const build1 = (options: object) => () =>
        oauthserver({ [option]: value, ...options } as never)
      expect(build1({ store, profile: 'v2' })).toThrow(expect.objectContaining({ option }))
      expect(build1({ model: {} })).toThrow(expect.objectContaining({ option }))
    },
  )
})

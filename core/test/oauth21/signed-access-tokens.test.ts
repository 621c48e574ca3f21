import { type Hooks, type Options, toModel, toPromiseModel } from '@oauth2-kit/core'
import request from 'supertest'
import { decodedJwt, newKey } from '../support/jwt'
import { layers } from '../support/layers'
import {
  type Differences,
  type Provider,
  about,
  askForToken,
  issuer,
  me,
  meOffline,
  provider,
  refresh,
  refusal,
  register,
  signIn,
  tokensOf,
} from '../support/provider'
import { grantsOf } from '../support/records'

const photos = 'https://api.example/photos'
const mail = 'https://api.example/mail'
const ownToken = { grant_type: 'client_credentials' }
const serverError = { status: 500, error: 'server_error' }

async function ownTokenAt(at: Provider, client = at.web): Promise<string> {
  return tokensOf(await askForToken(at, client, ownToken)).access_token
}

describe.each(layers)('signed access tokens (RFC 9068) on $version', ({ layer }) => {
  const signing = (more: Differences = {}) =>
    provider({ layer }, { keys: [newKey({ kid: 'first' })], accessTokenFormat: 'jwt', ...more })

  /** A provider that records the causes of its errors. */
  async function faulty(more: Differences) {
    const causes: unknown[] = []
    const at = await signing({ debug: ({ cause }) => causes.push(cause), ...more })
    return { at, causes }
  }

  it("have the claims of RFC 9068 2.2, and the user's id as sub", async () => {
    const at = await signing()
    const { access_token, expires_in } = await signIn(at, at.spa, { scope: 'profile email' })
    const { header, claims } = decodedJwt(access_token)
    expect(header).toEqual({ typ: 'at+jwt', alg: 'ES256', kid: 'first' })
    expect(claims).toEqual({
      iss: issuer,
      sub: at.user.id,
      aud: issuer,
      client_id: at.spa.id,
      scope: 'profile email',
      iat: at.clock.at / 1000,
      exp: at.clock.at / 1000 + 3600,
      jti: expect.stringMatching(/^[0-9a-f]{32}$/),
    })
    expect(expires_in).toBe(3600)
  })

  it('have the client as sub if it acts for itself, and no scope if they have none', async () => {
    const at = await signing()
    const client = await register(at.store, { grantTypes: ['client_credentials'], scopes: [] })
    const { claims } = decodedJwt(await ownTokenAt(at, client))
    expect(claims).toMatchObject({ sub: client.id, client_id: client.id })
    expect(claims).not.toHaveProperty('scope')
  })

  it('never have the same jti', async () => {
    const at = await signing()
    const tokens = [await ownTokenAt(at), await ownTokenAt(at)]
    expect(new Set(tokens.map((token) => decodedJwt(token).claims['jti'])).size).toBe(2)
  })

  it('are for the resources of the request, or for all', async () => {
    const at = await signing({ resources: [photos, mail] })
    const audienceOf = async (resource?: string) =>
      decodedJwt((await signIn(at, at.web, { resource })).access_token).claims['aud']
    expect(await audienceOf(photos)).toBe(photos)
    expect(await audienceOf()).toEqual([photos, mail])
  })

  it.each<[string, 'jwt' | 'opaque', Differences, Differences['accessTokenFormat']]>([
    [
      'the client',
      'opaque',
      { resources: [{ resource: photos, accessTokenFormat: 'jwt' }] },
      'opaque',
    ],
    ['the client', 'jwt', { accessTokenFormat: 'opaque' }, 'jwt'],
    [
      'a resource with jwt',
      'jwt',
      {
        accessTokenFormat: 'opaque',
        resources: [
          { resource: photos, accessTokenFormat: 'opaque' },
          { resource: mail, accessTokenFormat: 'jwt' },
        ],
      },
      undefined,
    ],
    [
      'a resource with opaque',
      'opaque',
      { resources: [mail, { resource: photos, accessTokenFormat: 'opaque' }] },
      undefined,
    ],
    ['the server', 'jwt', { resources: [mail, { resource: photos }] }, undefined],
  ])('have the format of %s: %s', async (_whose, format, options, accessTokenFormat) => {
    const at = await signing(options)
    const client = await register(at.store, {
      grantTypes: ['client_credentials'],
      ...(accessTokenFormat && { accessTokenFormat }),
    })
    const token = await ownTokenAt(at, client)
    expect(token.split('.')).toHaveLength(format === 'jwt' ? 3 : 1)
  })

  it('have the format of the resource that they are for', async () => {
    const resources = [{ resource: photos, accessTokenFormat: 'jwt' as const }, mail]
    const at = await signing({ accessTokenFormat: 'opaque', resources })
    const { access_token, refresh_token } = await signIn(at, at.web, { resource: photos })
    expect(decodedJwt(access_token).claims['aud']).toBe(photos)
    expect(refresh_token).toMatch(/^[0-9a-f]{40}$/)
    expect((await signIn(at, at.web, { resource: mail })).access_token).toMatch(/^[0-9a-f]{40}$/)
  })

  it('have auth_time through refreshes, if the hook consent returned it', async () => {
    const authTime = new Date(1_799_999_000_500)
    const decider: Hooks = { authenticate: () => ({ id: 'ada' }), consent: () => ({ authTime }) }
    const at = await signing({ decider })
    const tokens = await signIn(at, at.web)
    const second = tokensOf(await refresh(at, at.web, tokens.refresh_token))
    const third = tokensOf(await refresh(at, at.web, second.refresh_token))
    for (const { access_token } of [tokens, second, third]) {
      expect(decodedJwt(access_token).claims['auth_time']).toBe(1_799_999_000)
    }
  })

  it.each([['text'], [1_799_999_000], [new Date(NaN)], [new Date(-1)]])(
    'an authTime that is %p is a server_error',
    async (authTime) => {
      const decider = { authenticate: () => ({ id: 'ada' }), consent: () => ({ authTime }) }
      const at = await signing({ decider: decider as never, debug: () => {} })
      await expect(signIn(at, at.web)).rejects.toThrow('No code, but server_error')
    },
  )

  it('have the members of the hook claims, which cannot replace the others', async () => {
    const at = await signing({ claims: () => ({ roles: ['admin'] }) })
    expect(decodedJwt(await ownTokenAt(at)).claims).toMatchObject({ roles: ['admin'] })
  })

  it.each(
    'iss sub aud exp nbf iat jti client_id scope auth_time cnf'.split(' ').map((name) => [name]),
  )('the hook claims may not return %s', async (name) => {
    const { at, causes } = await faulty({ claims: () => ({ [name]: 'x' }) })
    expect(refusal(await askForToken(at, at.web, ownToken))).toEqual(serverError)
    expect(causes).toEqual([expect.objectContaining({ code: 'OAUTH2_KIT_HOOK' })])
  })

  it('may have acr, amr and authorization_details of the hook claims', async () => {
    const members = {
      acr: 'urn:example:mfa',
      amr: ['pwd', 'otp'],
      authorization_details: [{ type: 'payment' }],
    }
    const at = await signing({ claims: () => members })
    const token = await ownTokenAt(at)
    expect(decodedJwt(token).claims).toMatchObject(members)
    expect((await about('introspect', at, at.web, token)).body).toMatchObject(members)
  })

  it.each([
    ['without resources', {}],
    ['with resources', { resources: [photos, mail] }],
  ])('are described by introspection as they describe themselves, %s', async (_what, more) => {
    const authTime = new Date(1_799_999_000_500)
    const decider: Hooks = { authenticate: () => ({ id: 'ada' }), consent: () => ({ authTime }) }
    const at = await signing({ ...more, decider, claims: () => ({ roles: ['admin'] }) })
    const { access_token, refresh_token } = await signIn(at, at.web)
    const refreshed = tokensOf(await refresh(at, at.web, refresh_token)).access_token
    for (const token of [access_token, refreshed, await ownTokenAt(at)]) {
      const { body } = await about('introspect', at, at.web, token)
      const { active, token_type: type, username: _, ...claims } = body as Record<string, unknown>
      expect([active, type]).toEqual([true, 'Bearer'])
      expect(claims).toEqual(decodedJwt(token).claims)
    }
  })

  it('are not described like opaque ones, which have no sub of a client and no jti', async () => {
    const at = await signing({ accessTokenFormat: 'opaque' })
    const { body } = await about('introspect', at, at.web, await ownTokenAt(at))
    expect(body).toMatchObject({ active: true })
    for (const name of ['sub', 'aud', 'jti', 'auth_time']) expect(body).not.toHaveProperty(name)
  })

  it('do not call generateToken, which still makes refresh tokens', async () => {
    const types: string[] = []
    const generateToken: Options['generateToken'] = (type) => {
      types.push(type)
      return null
    }
    const at = await signing({ generateToken })
    await signIn(at, at.web)
    expect(types).toEqual(['authorization_code', 'refreshToken'])
  })

  it('are accepted, introspected and revoked like any other', async () => {
    const at = await signing()
    const { access_token } = await signIn(at, at.web)
    expect((await me(at, access_token)).body.user).toEqual(at.user)
    const { body } = await about('introspect', at, at.web, access_token)
    expect(body).toMatchObject({ active: true, sub: at.user.id, client_id: at.web.id })
    expect((await about('revoke', at, at.web, access_token)).status).toBe(200)
    expect(refusal(await me(at, access_token))).toEqual({ status: 401, error: 'invalid_token' })
    expect((await about('introspect', at, at.web, access_token)).body).toEqual({ active: false })
  })

  it('are found by the models on the same store', async () => {
    const at = await signing()
    const { access_token } = await signIn(at, at.web)
    const { now } = at.clock
    const promised = await toPromiseModel(at.store, { now }).getAccessToken(access_token)
    expect(promised).toMatchObject({ client: { id: at.web.id }, user: at.user })
    const called = await toModel(at.store, { now }).getAccessToken(access_token)
    expect(called).toMatchObject({ clientId: at.web.id, userId: at.user.id })
  })

  it('are not stored: a store has the hash only', async () => {
    const at = await signing()
    const { access_token } = await signIn(at, at.web)
    expect(await at.store.find(access_token)).toBeNull()
    expect(JSON.stringify(await grantsOf(at.store, { clientId: at.web.id }))).not.toContain('eyJ')
  })

  it('are identical in the answer to a repeated refresh, also after a new key', async () => {
    let keys = [newKey()]
    const at = await signing({ keys: () => keys })
    const { refresh_token } = await signIn(at, at.web)
    const first = tokensOf(await refresh(at, at.web, refresh_token))
    keys = [newKey(), ...keys]
    at.clock.step(2000)
    expect(tokensOf(await refresh(at, at.web, refresh_token))).toEqual(first)
    expect((await meOffline(at, first.access_token)).status).toBe(200)
  })

  it('end with their grant, after which a replay is still noticed', async () => {
    const at = await signing({ refreshGrace: 0 })
    const tokens = await signIn(at, at.web)
    const next = tokensOf(await refresh(at, at.web, tokens.refresh_token))
    expect((await refresh(at, at.web, tokens.refresh_token)).status).toBe(400)
    for (const { access_token } of [tokens, next]) {
      expect((await me(at, access_token)).status).toBe(401)
    }
  })

  it('end with the grant, if that is earlier', async () => {
    const at = await signing({ accessTokenLifetime: null, grantLifetime: 60 })
    const { claims } = decodedJwt(await ownTokenAt(at))
    expect(claims['exp']).toBe(at.clock.at / 1000 + 60)
  })

  it.each<[string, Differences, Parameters<typeof register>[1]]>([
    [
      'the server has no keys',
      { keys: undefined, accessTokenFormat: 'opaque' },
      { accessTokenFormat: 'jwt' },
    ],
    ['the client has no lifetime (RFC 9068 2.2)', {}, { accessTokenLifetime: null }],
  ])('a client whose options cannot be met is a server_error: %s', async (_why, options, more) => {
    const { at, causes } = await faulty(options)
    const client = await register(at.store, { grantTypes: ['client_credentials'], ...more })
    expect(refusal(await askForToken(at, client, ownToken))).toEqual(serverError)
    expect(causes).toEqual([
      expect.objectContaining({
        code: 'OAUTH2_KIT_OPTION',
        message: expect.stringContaining(client.id),
      }),
    ])
    expect(await grantsOf(at.store, { clientId: client.id })).toEqual([])
  })

  it('RFC 9068 5: a user with the id of the client is a server_error', async () => {
    const { at, causes } = await faulty({})
    const client = await register(at.store, {
      id: 'same',
      grantTypes: ['client_credentials'],
      userId: 'same',
    })
    expect(refusal(await askForToken(at, client, ownToken))).toEqual(serverError)
    expect(causes).toEqual([expect.objectContaining({ code: 'OAUTH2_KIT_HOOK' })])
    expect(await grantsOf(at.store, { clientId: 'same' })).toEqual([])
  })

  it('that are too long to be presented are a server_error', async () => {
    // Each character takes three bytes in UTF-8.
    const { at, causes } = await faulty({ claims: () => ({ text: '漢'.repeat(4000) }) })
    expect(refusal(await askForToken(at, at.web, ownToken))).toEqual(serverError)
    expect(causes).toEqual([expect.objectContaining({ code: 'OAUTH2_KIT_HOOK' })])
    expect(await grantsOf(at.store, { clientId: at.web.id })).toEqual([])
  })

  it('with many claims can be presented', async () => {
    const at = await signing({ claims: () => ({ text: 'x'.repeat(4080) }) })
    const token = await ownTokenAt(at)
    expect((await me(at, token)).status).toBe(200)
    expect((await meOffline(at, token)).body.claims.text).toHaveLength(4080)
  })

  it('a server with keys still issues opaque tokens by default', async () => {
    const at = await signing({ accessTokenFormat: 'opaque' })
    expect(await ownTokenAt(at)).toMatch(/^[0-9a-f]{40}$/)
    expect((await request(at.app).get('/oauth/jwks')).status).toBe(200)
  })
})

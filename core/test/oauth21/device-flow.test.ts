import oauthserver, {
  createClient,
  deleteClient,
  revokeGrants,
  updateClient,
} from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'
import request from 'supertest'
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
import { ProofKey, boundTokens } from '../support/dpop'
import { issuer } from '../support/provider'

const second = 1000

describe('the device authorization endpoint (RFC 8628 3.1)', () => {
  it('returns codes, and the page for them', async () => {
    const provider = await deviceProvider()
    const { status, body, headers } = await begin(provider)
    expect(status).toBe(200)
    expect(headers['cache-control']).toBe('no-store')
    const { user_code } = body as { user_code: string }
    expect(body).toEqual({
      device_code: expect.stringMatching(/^[\da-f]{64}$/),
      user_code: expect.stringMatching(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/),
      verification_uri: `${issuer}/oauth/device`,
      verification_uri_complete: `${issuer}/oauth/device?user_code=${user_code}`,
      expires_in: 600,
      interval: 5,
    })
  })

  it('names the page of the option "verificationUri", whose query it keeps', async () => {
    const provider = await deviceProvider({
      verificationUri: 'https://example.com/tv?lang=en',
      deviceCodeLifetime: 60,
    })
    const { verification_uri, verification_uri_complete, user_code, expires_in } =
      await codes(provider)
    expect(verification_uri).toBe('https://example.com/tv?lang=en')
    expect(verification_uri_complete).toBe(`https://example.com/tv?lang=en&user_code=${user_code}`)
    expect(expires_in).toBe(60)
  })

  it('is in the metadata only if the grant type is offered', async () => {
    const path = '/.well-known/oauth-authorization-server'
    const { app } = await deviceProvider()
    const { body } = await request(app).get(path)
    expect(body).toMatchObject({
      device_authorization_endpoint: `${issuer}/oauth/device_authorization`,
    })
    expect((body as { grant_types_supported: string[] }).grant_types_supported).toContain(
      deviceGrant,
    )
    const without = await deviceProvider({ grants: ['authorization_code'] })
    const other = await request(without.app).get(path)
    expect(other.body).not.toHaveProperty('device_authorization_endpoint')
    expect((await begin(without)).status).toBe(404)
    expect((await open(without, 'BCDF-GHJK')).status).toBe(404)
  })

  it('authenticates a confidential client', async () => {
    const { app, store } = await deviceProvider()
    const { client, secret } = await createClient(store, {
      grantTypes: [deviceGrant],
      scopes: ['profile'],
    })
    const post = () => request(app).post('/oauth/device_authorization').type('form')
    expect((await post().auth(client.id, secret!).send('scope=profile')).status).toBe(200)
    const wrong = await post().auth(client.id, 'wrong').send('scope=profile')
    expect(outcome(wrong)).toBe('401 invalid_client')
    expect(wrong.headers['www-authenticate']).toMatch(/^Basic/)
    expect(outcome(await post().send({ client_id: client.id }))).toBe('401 invalid_client')
    expect(outcome(await post().send({ client_id: 'nobody' }))).toBe('401 invalid_client')
    expect(outcome(await post().send(''))).toBe('401 invalid_client')
  })

  it.each([
    ['a scope that the client may not have', { scope: 'admin' }, '400 invalid_scope'],
    ['a malformed scope', { scope: 'a"b' }, '400 invalid_scope'],
  ])('refuses %s', async (_what, form, expected) => {
    expect(outcome(await begin(await deviceProvider(), form))).toBe(expected)
  })

  it('refuses other methods and bodies', async () => {
    const { app, tv } = await deviceProvider()
    const at = '/oauth/device_authorization'
    expect(outcome(await request(app).get(at))).toBe('400 invalid_request')
    expect(outcome(await request(app).post(at).send({ client_id: tv.id }))).toBe(
      '400 invalid_request',
    )
    const repeated = request(app).post(at).type('form').send(`client_id=${tv.id}&scope=a&scope=b`)
    expect(outcome(await repeated)).toBe('400 invalid_request')
  })

  it('refuses a client that may not use the grant type', async () => {
    const provider = await deviceProvider({ client: { grantTypes: ['refresh_token'] } })
    expect(outcome(await begin(provider))).toBe('400 unauthorized_client')
    expect(outcome(await poll(provider, 'x'))).toBe('400 unauthorized_client')
  })
})

describe('a device (RFC 8628 3.4 and 3.5)', () => {
  it('gets tokens once the user has allowed it, and can refresh them', async () => {
    const provider = await deviceProvider()
    const { device_code, user_code } = await codes(provider)
    expect(outcome(await poll(provider, device_code))).toBe('400 authorization_pending')
    expect((await open(provider, user_code)).text).toBe('consent')
    expect((await decide(provider, user_code, { allow: true })).text).toBe('allowed')
    const { status, body } = await poll(provider, device_code)
    expect(status).toBe(200)
    expect(body).toMatchObject({ token_type: 'Bearer', scope: 'profile email' })
    const { refresh_token } = body as { refresh_token: string }
    const refreshed = await request(provider.app)
      .post('/oauth/token')
      .type('form')
      .send({ grant_type: 'refresh_token', client_id: provider.tv.id, refresh_token })
    expect(refreshed.status).toBe(200)
  })

  it('gets the user, the scope and the resources that were allowed', async () => {
    const api = 'https://api.example'
    const provider = await deviceProvider({ resources: [api, 'https://other.example'] })
    const { device_code, user_code } = await codes(provider, {
      scope: 'profile email',
      resource: api,
    })
    await decide(provider, user_code, { allow: true, user: 'ben', scope: 'email' })
    const [asked] = provider.asked
    expect(asked).toMatchObject({ scopes: ['profile', 'email'], resources: [api] })
    const { body } = await poll(provider, device_code)
    expect(body).toMatchObject({ scope: 'email' })
    const { access_token } = body as { access_token: string }
    const headers = { authorization: `Bearer ${access_token}` }
    const found = await provider.oauth.authenticate(new Request(api, { headers }), {
      resource: api,
    })
    expect(found).toMatchObject({ user: { id: 'ben' }, oauth: { scope: 'email', resource: [api] } })
  })

  it('gets access_denied once the user has denied it', async () => {
    const provider = await deviceProvider()
    const { device_code, user_code } = await codes(provider)
    expect((await decide(provider, user_code, { allow: false })).text).toBe('denied')
    expect(outcome(await poll(provider, device_code))).toBe('400 access_denied')
    expect((await decide(provider, user_code, { allow: true })).text).toBe('unknown')
    expect(outcome(await poll(provider, device_code))).toBe('400 access_denied')
  })

  it('gets slow_down if it does not wait for the interval, and only then', async () => {
    const provider = await deviceProvider()
    const { device_code } = await codes(provider)
    expect(outcome(await poll(provider, device_code))).toBe('400 authorization_pending')
    expect(outcome(await poll(provider, device_code))).toBe('400 slow_down')
    provider.clock.step(3 * second)
    expect(outcome(await poll(provider, device_code))).toBe('400 slow_down')
    // A little early, because networks delay requests.
    provider.clock.step(4.2 * second)
    expect(outcome(await poll(provider, device_code))).toBe('400 authorization_pending')
    provider.clock.step(-3600 * second)
    expect(outcome(await poll(provider, device_code))).toBe('400 authorization_pending')
    const other = await codes(provider)
    expect(outcome(await poll(provider, other.device_code))).toBe('400 authorization_pending')
  })

  it('is not slowed down once it may have its tokens', async () => {
    const provider = await deviceProvider()
    const { device_code, user_code } = await codes(provider)
    await poll(provider, device_code)
    await decide(provider, user_code, { allow: true })
    expect((await poll(provider, device_code)).status).toBe(200)
  })

  it('gets expired_token after the lifetime of its codes', async () => {
    const provider = await deviceProvider({ deviceCodeLifetime: 60 })
    const { device_code, user_code } = await codes(provider)
    provider.clock.step(60 * second - 1)
    expect(outcome(await poll(provider, device_code))).toBe('400 authorization_pending')
    provider.clock.step(1)
    expect((await open(provider, user_code)).text).toBe('unknown')
    expect((await decide(provider, user_code, { allow: true })).text).toBe('unknown')
    expect(outcome(await poll(provider, device_code))).toBe('400 expired_token')
  })

  it('has a minute to get its tokens, even if the user decides at the last moment', async () => {
    const provider = await deviceProvider({ deviceCodeLifetime: 60 })
    const first = await codes(provider)
    const second_ = await codes(provider)
    provider.clock.step(60 * second - 1)
    for (const { user_code } of [first, second_])
      expect((await decide(provider, user_code, { allow: true })).text).toBe('allowed')
    provider.clock.step(59 * second)
    expect((await poll(provider, first.device_code)).status).toBe(200)
    provider.clock.step(second)
    expect(outcome(await poll(provider, second_.device_code))).toBe('400 expired_token')
  })

  it.each(['x', 'ab'.repeat(32)])('gets invalid_grant for the unknown code %s', async (code) => {
    expect(outcome(await poll(await deviceProvider(), code))).toBe('400 invalid_grant')
  })

  it('must send one code', async () => {
    const provider = await deviceProvider()
    expect(outcome(await poll(provider, ''))).toBe('400 invalid_request')
    expect(outcome(await poll(provider, 'x'.repeat(8193)))).toBe('400 invalid_request')
  })

  it('cannot use the code of another client, which loses nothing by it', async () => {
    const provider = await deviceProvider()
    const { client } = await createClient(provider.store, {
      type: 'public',
      grantTypes: [deviceGrant],
      scopes: null,
    })
    const thief = { ...provider, tv: client }
    const { device_code, user_code } = await codes(provider)
    expect(outcome(await poll(thief, device_code))).toBe('400 invalid_grant')
    await decide(provider, user_code, { allow: true })
    expect(outcome(await poll(thief, device_code))).toBe('400 invalid_grant')
    expect((await poll(provider, device_code)).status).toBe(200)
    const denied = await codes(provider)
    await decide(provider, denied.user_code, { allow: false })
    expect(outcome(await poll(thief, denied.device_code))).toBe('400 invalid_grant')
  })

  it('ends its grant if its code is presented again', async () => {
    const provider = await deviceProvider()
    const replayed: unknown[] = []
    provider.oauth.events.on('code.replayed', (event) => replayed.push(event))
    const { device_code, user_code } = await codes(provider)
    await decide(provider, user_code, { allow: true })
    const { body } = await poll(provider, device_code)
    const { access_token } = body as { access_token: string }
    expect(outcome(await poll(provider, device_code))).toBe('400 invalid_grant')
    const headers = { authorization: `Bearer ${access_token}` }
    const { response } = await provider.oauth.authenticate(new Request(issuer, { headers }))
    expect(response?.status).toBe(401)
    expect(replayed).toMatchObject([{ clientId: provider.tv.id, userId: 'anna' }])
    expect(outcome(await poll(provider, device_code))).toBe('400 invalid_grant')
  })

  it('gets invalid_grant if its grant was revoked before it asked', async () => {
    const provider = await deviceProvider()
    const { device_code, user_code } = await codes(provider)
    await decide(provider, user_code, { allow: true })
    await revokeGrants(provider.store, { userId: 'anna' })
    expect(outcome(await poll(provider, device_code))).toBe('400 invalid_grant')
  })

  it('has codes of its own kind', async () => {
    const provider = await deviceProvider({
      client: {
        grantTypes: ['authorization_code', deviceGrant],
        redirectUris: ['https://app.example/'],
      },
    })
    const { app, tv } = provider
    const { device_code, user_code } = await codes(provider)
    await decide(provider, user_code, { allow: true })
    const form = { grant_type: 'authorization_code', client_id: tv.id }
    const asCode = (code: string) =>
      request(app)
        .post('/oauth/token')
        .type('form')
        .send({
          ...form,
          code,
          redirect_uri: 'https://app.example/',
          code_verifier: 'a'.repeat(43),
        })
    for (const text of [device_code, `device_code${device_code}`])
      expect(outcome(await asCode(text))).toBe('400 invalid_grant')
    expect(outcome(await asCode(`device_code\0${device_code}`))).toBe('400 invalid_request')
    expect(outcome(await asCode(user_code))).toBe('400 invalid_grant')
    expect((await poll(provider, device_code)).status).toBe(200)
    expect(outcome(await asCode(device_code))).toBe('400 invalid_grant')

    const authorization = await request(app)
      .get('/oauth/authorize')
      .query({
        response_type: 'code',
        client_id: tv.id,
        code_challenge: 'a'.repeat(43),
        code_challenge_method: 'S256',
      })
    expect(authorization.text).toBe('consent')
    const posted = await request(app)
      .post('/oauth/authorize')
      .query({
        response_type: 'code',
        client_id: tv.id,
        code_challenge: 'a'.repeat(43),
        code_challenge_method: 'S256',
      })
      .type('form')
      .send({ decision: 'allow' })
    const code = new URL(posted.headers['location'] as string).searchParams.get('code')!
    expect(outcome(await poll(provider, code))).toBe('400 invalid_grant')
  })

  it('gets tokens that are bound to its key', async () => {
    const provider = await deviceProvider()
    const key = await ProofKey.make(provider)
    const { device_code, user_code } = await codes(provider)
    const pending = await poll(provider, device_code).set('DPoP', await key.proof())
    expect(outcome(pending)).toBe('400 authorization_pending')
    await decide(provider, user_code, { allow: true })
    boundTokens(await poll(provider, device_code).set('DPoP', await key.proof()))
  })

  it('can have no more than its client has when it asks', async () => {
    const provider = await deviceProvider()
    const { store, tv } = provider
    const narrowed = await codes(provider)
    await decide(provider, narrowed.user_code, { allow: true })
    await updateClient(store, tv.id, { scopes: ['email'] })
    expect((await poll(provider, narrowed.device_code)).body).toMatchObject({ scope: 'email' })

    const [allowed, waiting] = [await codes(provider), await codes(provider)]
    await decide(provider, allowed.user_code, { allow: true })
    await updateClient(store, tv.id, { grantTypes: ['refresh_token'] })
    expect(outcome(await poll(provider, allowed.device_code))).toBe('400 unauthorized_client')
    expect((await decide(provider, waiting.user_code, { allow: true })).text).toBe('unknown')
  })

  it('belongs to a client that exists', async () => {
    const provider = await deviceProvider()
    const { user_code, device_code } = await codes(provider)
    await deleteClient(provider.store, provider.tv.id)
    expect((await decide(provider, user_code, { allow: true })).text).toBe('unknown')
    expect(outcome(await poll(provider, device_code))).toBe('401 invalid_client')
  })

  it('has the scopes that the hook "scopes" allows', async () => {
    const grantTypes: string[] = []
    const provider = await deviceProvider({
      scopes: ({ scopes, grantType }) => {
        grantTypes.push(grantType)
        return scopes.filter((scope) => scope === 'profile')
      },
    })
    const { user_code, device_code } = await codes(provider)
    await decide(provider, user_code, { allow: true })
    expect(provider.asked[0]?.scopes).toEqual(['profile'])
    expect((await poll(provider, device_code)).body).toMatchObject({ scope: 'profile' })
    expect(new Set(grantTypes)).toEqual(new Set([deviceGrant]))
  })

  it('is no earlier consent', async () => {
    const granted: string[][] = []
    const provider = await deviceProvider({
      client: {
        grantTypes: ['authorization_code', deviceGrant],
        redirectUris: ['https://app.example/'],
      },
      hooks: {
        async consent(req, res, authorization) {
          granted.push(await authorization.granted())
          if (req.method === 'POST') return true
          res.send('consent')
          return null
        },
      },
    })
    const first = await codes(provider)
    await decide(provider, first.user_code, { allow: true })
    await poll(provider, first.device_code)
    await open(provider, (await codes(provider)).user_code)
    await request(provider.app)
      .get('/oauth/authorize')
      .query({
        response_type: 'code',
        client_id: provider.tv.id,
        code_challenge: 'a'.repeat(43),
        code_challenge_method: 'S256',
      })
    expect(granted).toEqual([[], [], []])
  })
})

describe('the options for devices', () => {
  const store = memoryStore()
  const grants = [deviceGrant]

  it('needs the page and an issuer', () => {
    expect(() => oauthserver({ store, grants })).toThrow(/"issuer" is missing/)
    const oauth = oauthserver({ store, grants, issuer })
    expect(() => oauth.router({ authenticate: () => null, consent: () => null })).toThrow(
      /"device" is missing/,
    )
    expect(() => oauth.device({} as never)).toThrow(/device\(\) needs/)
    const other = oauthserver({ store, issuer })
    expect(() => other.deviceAuthorization()).toThrow(/"grants" lacks/)
    expect(() =>
      other.device({ authenticate: () => null, consent: () => null, device: () => null }),
    ).toThrow(/"grants" lacks/)
  })

  it('needs https for "verificationUri", and the grant type', () => {
    const verificationUri = 'http://example.com/tv'
    expect(() => oauthserver({ store, grants, issuer, verificationUri })).toThrow(/https URL/)
    const loopback = 'http://localhost:3000/tv'
    expect(() => oauthserver({ store, grants, issuer, verificationUri: loopback })).not.toThrow()
    expect(() => oauthserver({ store, issuer, verificationUri: loopback })).toThrow(
      /needs the grant type/,
    )
  })

  it('leaves the name to an extension grant on a 2.4 model', async () => {
    const oauth = oauthserver({
      model: {
        getClient: (_id, _secret, done) => done(null, { clientId: 'tv' }),
        grantTypeAllowed: (_client, _type, done) => done(null, true),
        extendedGrant: (_type, _req, done) => done(null, true, { id: 'ada' }),
        saveAccessToken: (_token, _client, _expires, _user, done) => done(null),
      },
      grants: [deviceGrant],
    })
    const { default: express } = await import('express')
    const app = express().post('/token', oauth.grant(), oauth.errorHandler())
    const { status } = await request(app)
      .post('/token')
      .type('form')
      .send({ grant_type: deviceGrant, client_id: 'tvtv', client_secret: 'x', device_code: 'y' })
    expect(status).toBe(200)
  })
})

import { randomUUID } from 'node:crypto'
import oauthserver, { type Hooks, createClient, updateClient } from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'
import request, { type Response } from 'supertest'
import { CountingLimiter } from '../support/counting-limiter'
import { asClient, signed, testKey } from '../support/assertions'
import { layers } from '../support/layers'
import { willingModel } from '../support/willing-model'
import {
  type Parameters,
  type Provider,
  authorizationRequest,
  authorize,
  exchange,
  issuer,
  provider,
  redirected,
  refusal,
  register,
  tokensOf,
} from '../support/provider'
import { open, push, pushForm } from '../support/pushed'

const requestUri = /^urn:ietf:params:oauth:request_uri:[\w-]{43}$/
const used = { status: 400, error: 'invalid_request_uri' }

async function metadataOf(at: Provider): Promise<Record<string, unknown>> {
  return (await request(at.app).get('/.well-known/oauth-authorization-server')).body
}

/** Whether the user sees that the pushed request is not valid, and is not redirected. */
function isPage(answer: Response): boolean {
  const { status, error } = refusal(answer)
  return status === 400 && error === 'invalid_request_uri' && !('location' in answer.headers)
}

describe.each(layers)('pushed authorization requests on $version', ({ layer }) => {
  it('RFC 9126 2.2: the response has a request_uri of 256 random bits, valid for 60 seconds', async () => {
    const at = await provider({ layer })
    const { parameters } = authorizationRequest(at.web)
    const answers = [await pushForm(at, at.web, parameters), await pushForm(at, at.web, parameters)]
    for (const answer of answers) {
      expect(answer.status).toBe(201)
      expect(answer.headers).toMatchObject({ 'cache-control': 'no-store' })
      expect(answer.headers['content-type']).toMatch(/^application\/json/)
      expect(answer.body).toEqual({
        request_uri: expect.stringMatching(requestUri),
        expires_in: 60,
      })
    }
    expect(answers[0]!.body.request_uri).not.toBe(answers[1]!.body.request_uri)
  })

  it.each(['web', 'post', 'spa'] as const)('the client %s gets tokens for one', async (name) => {
    const at = await provider({ layer })
    const client = at[name]
    const { verifier, state, ...pushed } = await push(at, client, { scope: 'email' })
    const sent = redirected(await open(at, client, pushed))
    expect(sent).toMatchObject({ code: expect.any(String), state, iss: issuer })
    const code = { code: sent['code']!, verifier, redirectUri: client.redirectUri }
    expect(tokensOf(await exchange(at, client, code)).scope).toBe('email')
  })

  it('a client with a key pushes with an assertion, which is accepted once', async () => {
    const at = await provider({ layer })
    const key = testKey()
    const client = await register(at.store, {
      authMethod: 'private_key_jwt',
      jwks: { keys: [key.publicKey] },
    })
    const { parameters } = authorizationRequest(client)
    const claims = { iss: client.id, sub: client.id, aud: issuer }
    const form = { ...parameters, ...asClient(await signed(key, claims, at.clock.at)) }
    const send = (one: Parameters) =>
      request(at.app)
        .post('/oauth/par')
        .type('form')
        .send(new URLSearchParams(one as never).toString())
    const refused = { ...form, ...asClient(await signed(key, claims, at.clock.at)), scope: 'no' }
    expect(refusal(await send(refused))).toEqual({ status: 400, error: 'invalid_scope' })
    expect(refusal(await send({ ...refused, scope: 'email' }))).toMatchObject({ status: 401 })
    expect((await send(form)).status).toBe(201)
    expect(refusal(await send(form))).toEqual({ status: 401, error: 'invalid_client' })
  })

  it.each([
    ['a wrong secret', { secret: 'wrong' }],
    ['no secret', { secret: null }],
    ['an unknown id', { id: 'unknown' }],
  ])('RFC 9126 2.1: %s is an invalid_client', async (_what, wrong) => {
    const at = await provider({ layer })
    const { parameters } = authorizationRequest(at.web)
    const answer = await pushForm(
      at,
      { ...at.web, ...wrong },
      { ...parameters, client_id: undefined },
    )
    expect(refusal(answer)).toEqual({ status: 401, error: 'invalid_client' })
    expect(answer.headers['www-authenticate']).toMatch(/^Basic/)
  })

  it('guesses of a chosen secret are limited', async () => {
    const limiter = new CountingLimiter(1)
    const at = await provider({ layer }, { limiter, webSecret: 'a chosen secret' })
    const { parameters } = authorizationRequest(at.web)
    const guess = () => pushForm(at, { ...at.web, secret: randomUUID() }, parameters)
    expect((await guess()).status).toBe(401)
    expect((await guess()).status).toBe(429)
  })

  const s256 = { code_challenge_method: 'S256', code_challenge: undefined }
  it.each<[string, Parameters, string]>([
    ['another client_id', { client_id: 'another' }, 'invalid_request'],
    [
      'a redirect_uri that is not registered',
      { redirect_uri: 'https://evil.example' },
      'invalid_request',
    ],
    ['a request_uri', { request_uri: 'urn:ietf:params:oauth:request_uri:x' }, 'invalid_request'],
    ['a request object', { request: 'e30.e30.' }, 'request_not_supported'],
    ['a request object that is long', { request: 'x'.repeat(9000) }, 'request_not_supported'],
    ['no response_type', { response_type: undefined }, 'invalid_request'],
    ['another response_type', { response_type: 'token' }, 'unsupported_response_type'],
    ['a scope that the client may not have', { scope: 'admin' }, 'invalid_scope'],
    ['no challenge', s256, 'invalid_request'],
    ['a plain challenge', { code_challenge_method: 'plain' }, 'invalid_request'],
    ['a malformed challenge', { code_challenge: 'x' }, 'invalid_request'],
    ['an unknown resource', { resource: 'https://b.example' }, 'invalid_target'],
    ['prompt=none with another value', { prompt: 'none select_account' }, 'invalid_request'],
    ['a max_age that is no number', { max_age: 'x' }, 'invalid_request'],
    ['an unknown response_mode', { response_mode: 'fragment' }, 'invalid_request'],
    ['a dpop_jkt that is no thumbprint', { dpop_jkt: 'x' }, 'invalid_request'],
    ['a parameter that is repeated', { state: ['a', 'b'] }, 'invalid_request'],
    ['a parameter that is too long', { state: 'x'.repeat(9000) }, 'invalid_request'],
    ['a parameter with NUL', { state: 'a\0' }, 'invalid_request'],
  ])('RFC 9126 2.3: %s is refused at once', async (_what, differences, error) => {
    const at = await provider({ layer }, { resources: ['https://a.example'] })
    const { parameters } = authorizationRequest(at.web, differences)
    const answer = await pushForm(at, at.web, parameters)
    expect(refusal(answer)).toEqual({ status: 400, error })
    expect(answer.body.error_description).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/)
    expect(answer.headers).toMatchObject({ 'cache-control': 'no-store' })
    expect(answer.headers).not.toHaveProperty('location')
  })

  it('a client that may not use codes is an unauthorized_client', async () => {
    const at = await provider({ layer })
    const client = await register(at.store, { grantTypes: ['client_credentials'] })
    const answer = await pushForm(at, client, authorizationRequest(client).parameters)
    expect(refusal(answer)).toEqual({ status: 400, error: 'unauthorized_client' })
  })

  it.each(['GET', 'PUT', 'DELETE'] as const)('RFC 9126 2.3: %s is a 405', async (method) => {
    const at = await provider({ layer })
    const answer = await request(at.app)[method.toLowerCase() as 'get']('/oauth/par')
    expect([answer.status, answer.headers['allow']]).toEqual([405, 'POST'])
  })

  it('a body that is no form is an invalid_request', async () => {
    const at = await provider({ layer })
    const { parameters } = authorizationRequest(at.web)
    const answer = await request(at.app).post('/oauth/par').send(parameters)
    expect(refusal(answer)).toEqual({ status: 400, error: 'invalid_request' })
  })

  it('RFC 9126 2.3: a body that is too large is a 413', async () => {
    const at = await provider({ layer })
    const { parameters } = authorizationRequest(at.web)
    const answer = await pushForm(at, at.web, { ...parameters, padding: 'x'.repeat(102_400) })
    expect(refusal(answer)).toEqual({ status: 413, error: 'invalid_request' })
  })

  it('scripts of the named origins may push', async () => {
    const at = await provider({ layer }, { routes: { cors: ['https://app.example'] } })
    const answer = await pushForm(at, at.spa, authorizationRequest(at.spa).parameters).set(
      'Origin',
      'https://app.example',
    )
    expect(answer.status).toBe(201)
    expect(answer.headers['access-control-allow-origin']).toBe('https://app.example')
  })

  it('hooks receive the pushed request, and nothing that the browser adds', async () => {
    const seen: unknown[] = []
    const decider: Hooks = {
      authenticate(_req, _res, asked) {
        seen.push(asked)
        return { id: 'ada' }
      },
      consent: () => true,
    }
    const at = await provider(
      { layer },
      { decider, resources: ['https://a.example', 'https://b.example'] },
    )
    const pushed = await push(at, at.web, {
      scope: 'email',
      prompt: 'select_account consent',
      max_age: '60',
      resource: ['https://a.example', 'https://b.example'],
      state: 'ü & =',
    })
    const sent = redirected(
      await open(at, at.web, pushed, {
        scope: 'profile',
        state: 'other',
        prompt: 'none',
        response_type: 'token',
        response_mode: 'form_post',
        redirect_uri: 'https://evil.example',
        resource: 'https://b.example',
        request: 'x',
        code_challenge: 'x',
      }),
    )
    expect(sent).toMatchObject({ state: 'ü & =', code: expect.any(String) })
    expect(seen).toEqual([
      expect.objectContaining({
        scopes: ['email'],
        state: 'ü & =',
        prompt: ['select_account', 'consent'],
        maxAge: 60,
        resources: ['https://a.example', 'https://b.example'],
        redirectUri: at.web.redirectUri,
      }),
    ])
  })

  it('the form of the consent page is posted to the same URL, and its fields reach the hooks', async () => {
    const forms: unknown[] = []
    const decider: Hooks = {
      authenticate: () => ({ id: 'ada' }),
      consent(_req, _res, { form }) {
        forms.push({ ...form })
        return true
      },
    }
    const at = await provider({ layer }, { decider })
    const pushed = await push(at, at.web)
    const query = new URLSearchParams({ client_id: at.web.id, request_uri: pushed.requestUri })
    const answer = await request(at.app)
      .post(`/oauth/authorize?${query.toString()}`)
      .type('form')
      .send({ decision: 'allow', scope: 'from the form', state: 'from the form' })
    expect(answer.status).toBe(303)
    expect(redirected(answer)['state']).toBe(pushed.state)
    expect(forms).toEqual([{ decision: 'allow', scope: 'from the form', state: 'from the form' }])
  })

  it('a request can be posted to the authorization endpoint', async () => {
    const at = await provider({ layer })
    const { requestUri: request_uri, state } = await push(at, at.web)
    const answer = await request(at.app)
      .post('/oauth/authorize')
      .type('form')
      .send({ client_id: at.web.id, request_uri })
    expect(redirected(answer)).toMatchObject({ state, code: expect.any(String) })
  })

  it('only one redirect URI is registered: it may be left out', async () => {
    const at = await provider({ layer })
    const pushed = await push(at, at.web, { redirect_uri: undefined })
    expect(redirected(await open(at, at.web, pushed))).toHaveProperty('code')
  })

  describe('a request_uri is refused on a page, without a redirect', () => {
    it('if it is unknown', async () => {
      const at = await provider({ layer })
      const pushed = { requestUri: `urn:ietf:params:oauth:request_uri:${'a'.repeat(43)}` }
      expect(isPage(await open(at, at.web, pushed, { redirect_uri: at.web.redirectUri }))).toBe(
        true,
      )
      expect(
        isPage(await open(at, at.web, { requestUri: 'urn:ietf:params:oauth:request_uri:' })),
      ).toBe(true)
    })

    it('if a code was sent for it', async () => {
      const at = await provider({ layer })
      const pushed = await push(at, at.web)
      expect(redirected(await open(at, at.web, pushed))).toHaveProperty('code')
      expect(isPage(await open(at, at.web, pushed))).toBe(true)
    })

    it('if an error was sent for it', async () => {
      const decider: Hooks = { authenticate: () => ({ id: 'ada' }), consent: () => false }
      const at = await provider({ layer }, { decider })
      const pushed = await push(at, at.web)
      const sent = redirected(await open(at, at.web, pushed))
      expect(sent).toMatchObject({ error: 'access_denied', state: pushed.state })
      expect(isPage(await open(at, at.web, pushed))).toBe(true)
    })

    it('if another client has pushed it, which can still use it', async () => {
      const at = await provider({ layer })
      const pushed = await push(at, at.web)
      expect(isPage(await open(at, at.spa, pushed))).toBe(true)
      expect(redirected(await open(at, at.web, pushed))).toHaveProperty('code')
    })

    it('as HTML for a browser', async () => {
      const at = await provider({ layer })
      const pushed = await push(at, at.web)
      const answer = await open(at, at.spa, pushed).set('Accept', 'text/html')
      expect(answer.headers['content-type']).toMatch(/^text\/html/)
      expect(answer.text).toContain('invalid_request_uri')
      expect(answer.text).not.toContain(pushed.requestUri)
    })
  })

  it('a request without client_id is an invalid_request', async () => {
    const at = await provider({ layer })
    const pushed = await push(at, at.web)
    const answer = await open(at, at.web, pushed, { client_id: undefined })
    expect(refusal(answer)).toEqual({ status: 400, error: 'invalid_request' })
  })

  it('the client is checked again: what it may no longer request is refused', async () => {
    const at = await provider({ layer })
    const pushed = await push(at, at.web, { scope: 'email' })
    await updateClient(at.store, at.web.id, { scopes: ['profile'] })
    expect(redirected(await open(at, at.web, pushed))).toMatchObject({ error: 'invalid_scope' })
    expect(refusal(await open(at, at.web, pushed))).toEqual(used)
  })

  it('a redirect URI that was removed since then is not used', async () => {
    const at = await provider({ layer })
    const pushed = await push(at, at.web)
    await updateClient(at.store, at.web.id, { redirectUris: ['https://new.example/'] })
    const answer = await open(at, at.web, pushed)
    expect(refusal(answer)).toEqual({ status: 400, error: 'invalid_request' })
    expect(answer.headers).not.toHaveProperty('location')
  })
})

describe.each(layers)('required pushed requests on $version', ({ layer }) => {
  const notPushed = { error: 'invalid_request', error_description: expect.stringMatching(/pushed/) }

  it('of the server: every other request is refused with a redirect', async () => {
    const at = await provider({ layer }, { requirePushedAuthorizationRequests: true })
    const { parameters } = authorizationRequest(at.spa)
    expect(redirected(await authorize(at, parameters))).toMatchObject(notPushed)
    expect(redirected(await open(at, at.spa, await push(at, at.spa)))).toHaveProperty('code')
    expect(await metadataOf(at)).toMatchObject({ require_pushed_authorization_requests: true })
  })

  it('of a client: only its own requests must be pushed', async () => {
    const at = await provider({ layer })
    const strict = await register(at.store, { requirePushedAuthorizationRequests: true })
    const { parameters } = authorizationRequest(strict)
    expect(redirected(await authorize(at, parameters))).toMatchObject(notPushed)
    expect(redirected(await open(at, strict, await push(at, strict)))).toHaveProperty('code')
    expect(redirected(await authorize(at, authorizationRequest(at.spa).parameters))).toHaveProperty(
      'code',
    )
    expect(await metadataOf(at)).not.toHaveProperty('require_pushed_authorization_requests')
  })

  it('a request without a valid redirect URI is never redirected', async () => {
    const at = await provider({ layer }, { requirePushedAuthorizationRequests: true })
    const { parameters } = authorizationRequest(at.spa, { redirect_uri: 'https://evil.example' })
    const answer = await authorize(at, parameters)
    expect(refusal(answer)).toEqual({ status: 400, error: 'invalid_request' })
    expect(answer.headers).not.toHaveProperty('location')
  })
})

describe('requirePushedAuthorizationRequests of a client', () => {
  it('can be set, removed and must be true or false', async () => {
    const store = memoryStore()
    const property = { grantTypes: [], requirePushedAuthorizationRequests: true }
    const { client } = await createClient(store, property)
    expect(client.requirePushedAuthorizationRequests).toBe(true)
    const after = await updateClient(store, client.id, { requirePushedAuthorizationRequests: null })
    expect(after).not.toHaveProperty('requirePushedAuthorizationRequests')
    await expect(
      createClient(store, { grantTypes: [], requirePushedAuthorizationRequests: 'yes' as never }),
    ).rejects.toThrow('"requirePushedAuthorizationRequests" must be true or false')
  })
})

describe('the endpoint par', () => {
  it('is refused on a 2.4 model and in the profile v2', () => {
    expect(() => oauthserver({ model: willingModel() }).par()).toThrow('needs a store')
    expect(() => oauthserver({ store: memoryStore(), profile: 'v2' }).par()).toThrow("'oauth2.1'")
    expect(() =>
      oauthserver({
        store: memoryStore(),
        profile: 'v2',
        requirePushedAuthorizationRequests: true,
      }),
    ).toThrow('"requirePushedAuthorizationRequests" needs the profile')
  })

  it('is not mounted without authorization codes', async () => {
    const [{ layer }] = layers as [(typeof layers)[0]]
    const at = await provider({ layer }, { grants: ['client_credentials'] })
    expect((await request(at.app).post('/oauth/par')).status).toBe(404)
  })
})

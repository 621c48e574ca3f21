import request from 'supertest'
import { expresses } from '../support/express'
import {
  type Parameters,
  authorizationRequest,
  authorize,
  exchange,
  provider,
  redirected,
  refusal,
  register,
  tokensOf,
} from '../support/provider'

const invalidRequest = { status: 400, error: 'invalid_request' }

describe.each(expresses)('redirect URIs on $version', ({ express }) => {
  const registered = 'https://client.example/Callback/a'

  it.each([
    ['in another case', 'https://client.example/callback/a'],
    ['with its host in upper case', 'https://CLIENT.example/Callback/a'],
    ['with a trailing slash', `${registered}/`],
    ['with a query', `${registered}?x=1`],
    ['with an empty query', `${registered}?`],
    ['with a port', 'https://client.example:443/Callback/a'],
    ['with a user', 'https://user@client.example/Callback/a'],
    ['with %2e', 'https://client.example/x/%2e%2e/Callback/a'],
    ['with ..', 'https://client.example/x/../Callback/a'],
    ['with %61', 'https://client.example/Callback/%61'],
    ['with a fragment', `${registered}#a`],
    ['with another scheme', 'http://client.example/Callback/a'],
    ['with a suffix', `${registered}.evil`],
    ['on a longer host', 'https://client.example.evil/Callback/a'],
    ['replaced by javascript:', 'javascript:alert(1)'],
    ['replaced by data:', 'data:text/html,x'],
    ['with a tab', `${registered}\t`],
    ['with a line break', `${registered}\r\nLocation: https://evil.example`],
    ['with a leading space', ` ${registered}`],
    ['with a backslash', 'https://client.example\\Callback/a'],
  ])('security 3: the registered URI %s is refused', async (_how, uri) => {
    const at = await provider(express)
    const client = await register(at.store, { redirectUris: [registered] })
    const { parameters } = authorizationRequest(client, { redirect_uri: uri })
    const answer = await authorize(at, parameters)
    expect(refusal(answer)).toEqual(invalidRequest)
    expect(answer.headers).not.toHaveProperty('location')
  })

  it.each(['http://127.0.0.1/cb', 'http://127.0.0.1:3000/cb', 'http://[::1]:3000/cb'])(
    'security 3: the registered loopback URI %s matches any port',
    async (uri) => {
      const at = await provider(express)
      const app = await register(at.store, { type: 'public', redirectUris: [uri] })
      const requested = uri.replace(/(?::\d+)?\/cb/, ':51004/cb')
      const { verifier, parameters } = authorizationRequest(app, { redirect_uri: requested })
      const answer = await authorize(at, parameters)
      expect(answer.headers['location']).toMatch(`${requested}?code=`)
      const { code = '' } = redirected(answer)
      tokensOf(await exchange(at, app, { code, verifier, redirectUri: requested }))
    },
  )

  it.each([
    ['http://localhost:3000/cb', 'http://localhost:4000/cb'],
    ['https://127.0.0.1:3000/cb', 'https://127.0.0.1:4000/cb'],
    ['http://127.0.0.1:3000/cb', 'http://[::1]:3000/cb'],
    ['http://127.0.0.1:3000/cb', 'http://127.0.0.1:4000/cb/'],
    ['http://127.0.0.1:3000/cb', 'http://127.0.0.1:4000@evil.example/cb'],
    ['http://127.0.0.1:3000/cb', 'http://127.0.0.1.evil.example:3000/cb'],
  ])('security 3: the registered URI %s does not match %s', async (uri, requested) => {
    const at = await provider(express)
    const app = await register(at.store, { type: 'public', redirectUris: [uri] })
    const { parameters } = authorizationRequest(app, { redirect_uri: requested })
    expect(refusal(await authorize(at, parameters))).toEqual(invalidRequest)
  })

  it.each<[string, Parameters]>([
    ['an unknown client', { client_id: 'nobody' }],
    ['no client', { client_id: undefined }],
    ['a wrong redirect URI', { redirect_uri: 'https://evil.example/' }],
    [
      'a wrong redirect URI and everything else wrong',
      { redirect_uri: 'https://evil.example/', response_type: 'x', scope: '"', code_challenge: '' },
    ],
  ])('security 4: a request with %s gets an error page, never a redirect', async (_what, wrong) => {
    const at = await provider(express)
    const { parameters } = authorizationRequest(at.web, wrong)
    const answer = await authorize(at, parameters).set('Accept', 'text/html')
    expect(answer.status).toBe(400)
    expect(answer.headers['content-type']).toMatch('text/html')
    expect(answer.headers).not.toHaveProperty('location')
  })

  it.each([
    ['unknown', 'client_id=nobody&redirect_uri=https://evil.example'],
    ['repeated', 'client_id=a&client_id=b&redirect_uri=https://evil.example'],
    ['malformed', 'client_id=%00&redirect_uri=https://evil.example'],
    ['undecodable', 'client_id=%&redirect_uri=https://evil.example'],
  ])(
    'security 39: if the client is %s, the redirect URI of the request is not used',
    async (_what, query) => {
      const at = await provider(express)
      const answer = await request(at.app).get(`/oauth/authorize?response_type=code&${query}`)
      expect(refusal(answer)).toEqual(invalidRequest)
      expect(JSON.stringify(answer.headers) + answer.text).not.toContain('evil.example')
    },
  )

  it.each<[string, string, Parameters]>([
    ['unsupported_response_type', 'a wrong response type', { response_type: 'token' }],
    ['invalid_request', 'no challenge', { code_challenge: undefined }],
    ['invalid_request', 'the method plain', { code_challenge_method: 'plain' }],
    ['invalid_scope', 'an unknown scope', { scope: 'profile admin' }],
    ['invalid_scope', 'a malformed scope', { scope: 'profile  email' }],
  ])('security 4: %s for %s is redirected with state and iss', async (error, _what, wrong) => {
    const at = await provider(express)
    const { parameters } = authorizationRequest(at.web, wrong)
    const answer = redirected(await authorize(at, parameters))
    expect(answer).toMatchObject({ error, state: parameters['state'], iss: expect.any(String) })
    expect(answer).not.toHaveProperty('code')
  })

  it('security 4: unauthorized_client is redirected', async () => {
    const at = await provider(express)
    const client = await register(at.store, {
      redirectUris: ['https://client.example/'],
      grantTypes: ['client_credentials'],
    })
    const { parameters } = authorizationRequest(client)
    const answer = redirected(await authorize(at, parameters))
    expect(answer).toMatchObject({ error: 'unauthorized_client', state: parameters['state'] })
    expect(answer).not.toHaveProperty('code')
  })

  it('security 38: a redirect after a POST is a 303, after a GET a 302', async () => {
    const at = await provider(express)
    const { parameters } = authorizationRequest(at.web)
    const got = await authorize(at, parameters)
    const posted = await request(at.app).post('/oauth/authorize').type('form').send(parameters)
    const refused = await request(at.app)
      .post('/oauth/authorize')
      .type('form')
      .send({ ...parameters, scope: 'admin' })
    expect([got.status, posted.status, refused.status]).toEqual([302, 303, 303])
    expect(redirected(posted)).toHaveProperty('code')
    expect(redirected(refused)).toMatchObject({ error: 'invalid_scope' })
  })

  it('security 38: a consent form posted to the URL of the request gets a 303', async () => {
    const at = await provider(express)
    const { parameters } = authorizationRequest(at.web)
    const posted = await request(at.app)
      .post('/oauth/authorize')
      .query(parameters)
      .type('form')
      .send({ decision: 'allow', scope: 'a field of the form', state: 'another' })
    expect(posted.status).toBe(303)
    expect(redirected(posted)).toMatchObject({
      code: expect.any(String),
      state: parameters['state'],
    })
  })

  it.each(['put', 'delete', 'patch'] as const)('refuses the method %s', async (method) => {
    const at = await provider(express)
    const { parameters } = authorizationRequest(at.web)
    const answer = await request(at.app)[method]('/oauth/authorize').query(parameters)
    expect(refusal(answer)).toEqual(invalidRequest)
  })
})

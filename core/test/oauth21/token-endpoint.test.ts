import request, { type Response } from 'supertest'
import { expresses } from '../support/express'
import { layers } from '../support/layers'
import { around } from './around'
import {
  askForToken,
  exchange,
  getCode,
  invalidGrant,
  me,
  provider,
  refresh,
  refusal,
  register,
  tokensOf,
} from '../support/provider'

const ownToken = { grant_type: 'client_credentials' }
const invalidRequest = { status: 400, error: 'invalid_request' }

describe.each(layers)('the token endpoint on $version', ({ layer }) => {
  it('responds to a code with exactly the members of RFC 6749 5.1', async () => {
    const at = await provider({ layer })
    const answer = await exchange(at, at.web, await getCode(at, at.web, { scope: 'profile' }))
    expect(answer.status).toBe(200)
    expect(answer.body).toEqual({
      token_type: 'Bearer',
      access_token: expect.stringMatching(/^[0-9a-f]{40}$/),
      refresh_token: expect.stringMatching(/^[0-9a-f]{40}$/),
      expires_in: 3600,
      scope: 'profile',
    })
    expect(answer.headers['content-length']).toBe(String(Buffer.byteLength(answer.text)))
  })

  it.each(['get', 'put', 'patch', 'delete', 'options'] as const)(
    'security 24: the method %s is refused',
    async (method) => {
      const at = await provider({ layer })
      const pending = request(at.app)[method]('/oauth/token')
      const answer = await pending
        .auth(at.web.id, at.web.secret!)
        .query(ownToken)
        .type('form')
        .send(ownToken)
      expect(refusal(answer)).toEqual(invalidRequest)
      expectNeverCached(answer)
    },
  )

  it.each([
    'application/json',
    'text/plain',
    'multipart/form-data; boundary=x',
    'application/x-www-form-urlencodedx',
    'application/x-www-form-urlencoded-2; charset=utf-8',
    'application/octet-stream',
  ])('security 24: the content type %j is refused', async (type) => {
    const at = await provider({ layer })
    const answer = await request(at.app)
      .post('/oauth/token')
      .auth(at.web.id, at.web.secret!)
      .set('Content-Type', type)
      .send('grant_type=client_credentials')
    expect(refusal(answer)).toEqual(invalidRequest)
    expectNeverCached(answer)
  })

  it.each([
    'application/x-www-form-urlencoded; charset=utf-8',
    'APPLICATION/X-WWW-FORM-URLENCODED',
    'application/x-www-form-urlencoded ;charset=UTF-8',
  ])('security 24: the content type %j is a form', async (type) => {
    const at = await provider({ layer })
    const answer = await request(at.app)
      .post('/oauth/token')
      .auth(at.web.id, at.web.secret!)
      .set('Content-Type', type)
      .send('grant_type=client_credentials')
    expect(answer.status).toBe(200)
  })

  it('security 24: no response may be cached', async () => {
    const at = await provider({ layer })
    const granted = await askForToken(at, at.web, ownToken)
    expect(granted.status).toBe(200)
    expectNeverCached(granted)
    const refused = await askForToken(at, { ...at.web, secret: 'wrong' }, ownToken)
    expect(refused.status).toBe(401)
    expectNeverCached(refused)
  })

  it.each(['callback', 'jsonp'])('security 24: ?%s=f changes nothing: no JSONP', async (name) => {
    const at = await provider({ layer })
    const answer = await askForToken(at, at.web, ownToken).query({ [name]: 'f' })
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8')
    expect(JSON.parse(answer.text)).toHaveProperty('access_token')
  })

  it('security 24: no message or stack of an internal error reaches the client', async () => {
    const at = await provider(
      { layer },
      {
        through: (store) =>
          around(store, ({ name, proceed }) => {
            if (name === 'issue') throw new Error('SELECT passwords FROM table')
            return proceed()
          }),
      },
    )
    const answer = await askForToken(at, at.web, ownToken)
    expect(answer.status).toBe(503)
    expect(answer.text).not.toMatch(/SELECT|\bat\b.*:\d+/)
    expect(answer.body).toEqual({
      error: 'temporarily_unavailable',
      error_description:
        'The server is not available at present: send the same request again later',
    })
  })

  it.each(['implicit', 'code', 'toString', '__proto__', 'constructor', 'urn:example:unknown'])(
    'real clients 5: the unknown grant type %s is unsupported_grant_type',
    async (name) => {
      const at = await provider({ layer })
      const answer = await askForToken(at, at.web, { grant_type: name })
      expect(refusal(answer)).toEqual({ status: 400, error: 'unsupported_grant_type' })
    },
  )

  it('real clients 5: a client without the grant gets unauthorized_client', async () => {
    const at = await provider({ layer })
    const answer = await askForToken(at, at.post, ownToken)
    expect(refusal(answer)).toEqual({ status: 400, error: 'unauthorized_client' })
  })

  it('a request without a grant type is invalid_request', async () => {
    const at = await provider({ layer })
    expect(refusal(await askForToken(at, at.web, {}))).toEqual(invalidRequest)
    expect(refusal(await askForToken(at, at.web, { grant_type: '' }))).toEqual(invalidRequest)
  })

  it.each(['code', 'refresh_token'])('without a %s it is invalid_request', async (name) => {
    const at = await provider({ layer })
    const grantType = name === 'code' ? 'authorization_code' : name
    for (const value of [undefined, '']) {
      const form = { grant_type: grantType, [name]: value }
      expect(refusal(await askForToken(at, at.web, form))).toEqual(invalidRequest)
    }
  })

  it('ignores unknown parameters, including `resource`, even if they are repeated', async () => {
    const at = await provider({ layer })
    const answer = await request(at.app)
      .post('/oauth/token')
      .auth(at.web.id, at.web.secret!)
      .type('form')
      .send('grant_type=client_credentials&resource=a&resource=b&more[x]=y&=z&__proto__=1')
    expect(answer.status).toBe(200)
  })

  it('treats a parameter without a value as omitted', async () => {
    const at = await provider({ layer })
    const empty = { scope: '', code: '', refresh_token: '', client_secret: '', username: '' }
    const { scope } = tokensOf(await askForToken(at, at.web, { ...ownToken, ...empty }))
    expect(scope).toBe('profile email')
  })

  it('real clients 4: always returns the scope, whether one was requested or not', async () => {
    const at = await provider({ layer })
    const answers = [
      await askForToken(at, at.web, ownToken),
      await askForToken(at, at.web, { ...ownToken, scope: 'email' }),
      await askForToken(at, at.web, { ...ownToken, scope: 'email profile email' }),
    ]
    expect(answers.map((answer) => tokensOf(answer).scope)).toEqual([
      'profile email',
      'email',
      'email profile',
    ])
    const bare = await register(at.store, { grantTypes: ['client_credentials'], scopes: [] })
    expect(tokensOf(await askForToken(at, bare, ownToken)).scope).toBe('')
    const any = await register(at.store, { grantTypes: ['client_credentials'], scopes: null })
    const form = { ...ownToken, scope: 'anything:goes' }
    expect(tokensOf(await askForToken(at, any, form)).scope).toBe('anything:goes')
  })

  it.each(['admin', 'profile admin', 'profile  email', ' profile', 'pro"file', 'profil\u00e9'])(
    'the scope %j is invalid_scope',
    async (scope) => {
      const at = await provider({ layer })
      const answer = await askForToken(at, at.web, { ...ownToken, scope })
      expect(refusal(answer)).toEqual({ status: 400, error: 'invalid_scope' })
    },
  )

  it('security 22: a client_credentials token has no refresh token and no user', async () => {
    const at = await provider({ layer })
    const tokens = tokensOf(await askForToken(at, at.web, ownToken))
    expect(tokens).not.toHaveProperty('refresh_token')
    const { body } = await me(at, tokens.access_token)
    expect(body).not.toHaveProperty('user')
    expect(body.grant).toEqual({ id: expect.any(String), clientId: at.web.id, userId: null })
  })

  it('a client that acts for a user gets a token of that user', async () => {
    const at = await provider({ layer })
    const client = await register(at.store, { grantTypes: ['client_credentials'], userId: 'robot' })
    const { access_token } = tokensOf(await askForToken(at, client, ownToken))
    expect((await me(at, access_token)).body.user).toEqual({ id: 'robot' })
  })

  it('an unknown code or refresh token is invalid_grant', async () => {
    const at = await provider({ layer })
    const nothing = { code: 'a'.repeat(40), verifier: 'a'.repeat(43), redirectUri: 'x' }
    expect(refusal(await exchange(at, at.web, nothing))).toEqual(invalidGrant)
    expect(refusal(await refresh(at, at.web, 'a'.repeat(40)))).toEqual(invalidGrant)
  })
})

describe.each(expresses)('the token endpoint on $version', ({ express }) => {
  it('passes the client to the application without the hash of its secret', async () => {
    let seen: unknown
    const at = await provider(express, {
      generateToken(_type, req) {
        seen = req['oauth'].client
        return null
      },
    })
    tokensOf(await askForToken(at, at.web, ownToken))
    expect(seen).toMatchObject({ id: at.web.id, redirectUris: at.web.redirectUris })
    expect(seen).not.toHaveProperty('secretHash')
  })
})

function expectNeverCached({ headers }: Response): void {
  expect(headers).toMatchObject({ 'cache-control': 'no-store', pragma: 'no-cache' })
  expect(headers).not.toHaveProperty('etag')
}

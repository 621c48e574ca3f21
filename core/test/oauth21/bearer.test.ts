import request from 'supertest'
import { expresses } from '../support/express'
import { layers } from '../support/layers'
import { around } from './around'
import { getCode, me, provider, refusal, signIn } from '../support/provider'

const invalidToken = { status: 401, error: 'invalid_token' }

describe.each(layers)('the bearer check on $version', ({ layer }) => {
  it('sets the user and the grant of the token, without the token', async () => {
    const at = await provider({ layer })
    const { access_token, expires_in } = await signIn(at, at.spa, { scope: 'profile' })
    const { status, body, text } = await me(at, access_token)
    expect(status).toBe(200)
    expect(body).toEqual({
      user: at.user,
      grant: { id: expect.any(String), clientId: at.spa.id, userId: at.user.id },
      scope: 'profile',
      bearerToken: {
        clientId: at.spa.id,
        userId: at.user.id,
        expires: new Date(at.clock.at + expires_in! * 1000).toISOString(),
        scope: 'profile',
      },
    })
    expect(text).not.toContain(access_token)
  })

  it.each(['bearer', 'BEARER', 'Bearer', 'bEaReR'])(
    'security 25: the scheme may be written %s',
    async (scheme) => {
      const at = await provider({ layer })
      const { access_token } = await signIn(at, at.spa)
      const answer = await request(at.app)
        .get('/api/me')
        .set('Authorization', `${scheme}  ${access_token} `)
      expect(answer.status).toBe(200)
    },
  )

  it.each([
    ['no credentials', undefined],
    ['another scheme', 'Basic YTpi'],
    ['a scheme that begins like Bearer', 'BearerToken abc'],
    ['an empty header', ''],
  ])('security 25: %s: 401 without an error code', async (_what, header) => {
    const at = await provider({ layer })
    const pending = request(at.app).get('/api/me')
    if (header !== undefined) pending.set('Authorization', header)
    const answer = await pending
    expect(answer.status).toBe(401)
    expect(answer.body).toEqual({})
    expect(answer.headers['www-authenticate']).toBe('Bearer')
  })

  it('security 25: a token in the query is ignored', async () => {
    const at = await provider({ layer })
    const { access_token } = await signIn(at, at.spa)
    const answer = await request(at.app).get('/api/me').query({ access_token })
    expect(answer.status).toBe(401)
    expect(answer.headers['www-authenticate']).toBe('Bearer')
  })

  it.each([
    ['no token', 'Bearer'],
    ['an empty token', 'Bearer '],
    ['two tokens', 'Bearer abc def'],
    ['an invalid character', 'Bearer a,b'],
    ['a quoted token', 'Bearer "abc"'],
    ['a colon', 'Bearer a:b'],
    ['a token of 8193 characters', `Bearer ${'a'.repeat(8193)}`],
  ])('security 25: a header with %s is a 400 invalid_request', async (_what, header) => {
    const at = await provider({ layer })
    const answer = await request(at.app).get('/api/me').set('Authorization', header)
    expect(refusal(answer)).toEqual({ status: 400, error: 'invalid_request' })
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer error="invalid_request"/)
  })

  it('security 25: an unknown token is a 401 invalid_token', async () => {
    const at = await provider({ layer })
    const answer = await me(at, 'a'.repeat(40))
    expect(refusal(answer)).toEqual(invalidToken)
    expect(answer.headers['www-authenticate']).toMatch(
      /^Bearer error="invalid_token", error_description="[^"]+"$/,
    )
  })

  it('security 25: an expired token is a 401 invalid_token from its expiry on', async () => {
    const at = await provider({ layer })
    const { access_token } = await signIn(at, at.spa)
    at.clock.step(3_599_999)
    expect((await me(at, access_token)).status).toBe(200)
    at.clock.step(1)
    const answer = await me(at, access_token)
    expect(refusal(answer)).toEqual(invalidToken)
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer error="invalid_token"/)
  })

  it('security 25: a token without the scope is a 403 insufficient_scope', async () => {
    const at = await provider({ layer })
    const { access_token } = await signIn(at, at.spa, { scope: 'profile' })
    const answer = await request(at.app).get('/api/email').auth(access_token, { type: 'bearer' })
    expect(refusal(answer)).toEqual({ status: 403, error: 'insufficient_scope' })
    expect(answer.headers['www-authenticate']).toMatch(
      /^Bearer error="insufficient_scope", error_description="[^"]+", scope="email"$/,
    )
  })

  it('security 25: a token with the scope among others is accepted', async () => {
    const at = await provider({ layer })
    const { access_token } = await signIn(at, at.spa, { scope: 'profile email' })
    const answer = await request(at.app).get('/api/email').auth(access_token, { type: 'bearer' })
    expect(answer.status).toBe(200)
  })

  it('refuses a code or a refresh token as an access token', async () => {
    const at = await provider({ layer })
    const { refresh_token } = await signIn(at, at.spa)
    const { code } = await getCode(at, at.spa)
    expect(refusal(await me(at, refresh_token))).toEqual(invalidToken)
    expect(refusal(await me(at, code))).toEqual(invalidToken)
  })

  it('a revoked token is a 401 invalid_token', async () => {
    const at = await provider({ layer })
    const { access_token } = await signIn(at, at.spa)
    await at.store.revoke({ userId: at.user.id, clientId: at.spa.id })
    expect(refusal(await me(at, access_token))).toEqual(invalidToken)
  })

  it.each([undefined, Number.NaN, 'tomorrow'])(
    'a token whose expiry is %p is expired',
    async (expiresAt) => {
      const at = await provider(
        { layer },
        {
          through: (store) =>
            around(store, async ({ proceed }) => {
              const answer = (await proceed()) as { kind?: string } | null | undefined
              return answer?.kind === 'access' ? { ...answer, expiresAt } : answer
            }),
        },
      )
      const { access_token } = await signIn(at, at.spa)
      expect(refusal(await me(at, access_token))).toEqual(invalidToken)
    },
  )

  it('throws a TypeError for a malformed scope', async () => {
    const { oauth } = await provider({ layer })
    expect(() => oauth.authorise({ scope: 'a  b' })).toThrow(TypeError)
  })

  it('forbids caching of its own responses', async () => {
    const at = await provider({ layer })
    const { headers } = await me(at, 'unknown')
    expect(headers).toMatchObject({ 'cache-control': 'no-store', pragma: 'no-cache' })
  })
})

describe.each(expresses)('the bearer check on $version', ({ express }) => {
  it.each([false, true])(
    'security 25: a token in the body is ignored (body parser: %s)',
    async (parsed) => {
      const before = parsed ? [express.urlencoded({ extended: true })] : []
      const at = await provider(express, { before })
      const { access_token } = await signIn(at, at.spa)
      const answer = await request(at.app).post('/api/me').type('form').send({ access_token })
      expect(answer.status).toBe(401)
    },
  )
})

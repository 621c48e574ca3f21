import request from 'supertest'
import { layers } from '../support/layers'
import {
  type Provider,
  type TestClient,
  about,
  askForToken,
  getCode,
  issuer,
  provider,
  refresh,
  refusal,
  register,
  signIn,
  tokensOf,
} from '../support/provider'
import { grantsOf, putClient } from '../support/records'

/** Introspects a token as a resource server that may introspect all tokens. */
async function info(at: Provider, token: string) {
  return infoAs(at, await register(at.store, { ...api, introspectsAll: true }), token)
}

async function infoAs(at: Provider, client: TestClient, token: string) {
  const { status, body } = await about('introspect', at, client, token)
  return { status, body: body as unknown }
}

const payroll = 'https://payroll.example'
const api = { grantTypes: [], redirectUris: [] }

describe.each(layers)('the introspection endpoint on $version', ({ layer }) => {
  const inactive = { status: 200, body: { active: false } }

  it('reports the user, client, scope and expiry of an access token', async () => {
    const at = await provider({ layer })
    const { access_token } = await signIn(at, at.spa, { scope: 'profile' })
    const seconds = Math.floor(at.clock.at / 1000)
    expect(await info(at, access_token)).toEqual({
      status: 200,
      body: {
        active: true,
        scope: 'profile',
        client_id: at.spa.id,
        token_type: 'Bearer',
        exp: seconds + 3600,
        iat: seconds,
        sub: at.user.id,
        iss: issuer,
      },
    })
  })

  it('reports a refresh token without a token_type', async () => {
    const at = await provider({ layer })
    const { refresh_token } = await signIn(at, at.web, { scope: 'email' })
    const { body } = await infoAs(at, at.web, refresh_token)
    expect(body).toMatchObject({ active: true, scope: 'email', sub: at.user.id })
    expect(body).not.toHaveProperty('token_type')
  })

  it("a client's own token has no sub, which could be mistaken for a user's", async () => {
    const at = await provider({ layer })
    const form = { grant_type: 'client_credentials' }
    const { access_token } = tokensOf(await askForToken(at, at.web, form))
    const { body } = await info(at, access_token)
    expect(body).toMatchObject({ active: true, client_id: at.web.id })
    expect(body).not.toHaveProperty('sub')
  })

  it('a token that never expires has no exp', async () => {
    const at = await provider({ layer }, { accessTokenLifetime: null })
    const { access_token } = await signIn(at, at.web)
    expect((await info(at, access_token)).body).not.toHaveProperty('exp')
  })

  it('reports the username that users.find returns', async () => {
    const users = { find: async (id: string) => ({ id, username: 'Ada' }) }
    const at = await provider({ layer }, { users })
    const { access_token } = await signIn(at, at.web)
    expect((await info(at, access_token)).body).toMatchObject({ username: 'Ada' })
  })

  it('security 27: a token of a deleted user is inactive', async () => {
    let isGone = false
    const find = async (id: string) => (isGone ? null : { id })
    const at = await provider({ layer }, { users: { find } })
    const { access_token, refresh_token } = await signIn(at, at.web)
    isGone = true
    expect(await info(at, access_token)).toEqual(inactive)
    expect(await infoAs(at, at.web, refresh_token)).toEqual(inactive)
  })

  it('security 27: an access token is inactive from the moment it expires', async () => {
    const at = await provider({ layer })
    const { access_token, refresh_token } = await signIn(at, at.web)
    at.clock.step(3_599_999)
    expect((await info(at, access_token)).body).toMatchObject({ active: true })
    at.clock.step(1)
    expect(await info(at, access_token)).toEqual(inactive)
    expect((await infoAs(at, at.web, refresh_token)).body).toMatchObject({ active: true })
  })

  it('security 27: a revoked token is inactive, and nothing else is reported', async () => {
    const at = await provider({ layer })
    const { access_token, refresh_token } = await signIn(at, at.web)
    await about('revoke', at, at.web, refresh_token)
    expect(await info(at, access_token)).toEqual(inactive)
    expect(await infoAs(at, at.web, refresh_token)).toEqual(inactive)
  })

  it.each([10, 0])(
    'security 27: a redeemed refresh token is inactive, its successor is active (grace %d)',
    async (refreshGrace) => {
      const at = await provider({ layer }, { refreshGrace })
      const first = await signIn(at, at.web)
      const second = tokensOf(await refresh(at, at.web, first.refresh_token))
      expect(await infoAs(at, at.web, first.refresh_token)).toEqual(inactive)
      expect((await infoAs(at, at.web, second.refresh_token)).body).toMatchObject({ active: true })
      // Introspection does not redeem a token.
      const third = tokensOf(await refresh(at, at.web, second.refresh_token))
      expect(await infoAs(at, at.web, second.refresh_token)).toEqual(inactive)
      expect((await infoAs(at, at.web, third.refresh_token)).body).toMatchObject({ active: true })
    },
  )

  it('security 27: a redeemed refresh token stays inactive after a purge', async () => {
    const at = await provider({ layer })
    const first = await signIn(at, at.web)
    // Its successors expire long before it does.
    const client = (await at.store.getClient(at.web.id))!
    await putClient(at.store, { ...client, refreshTokenLifetime: 10 })
    const second = tokensOf(await refresh(at, at.web, first.refresh_token))
    tokensOf(await refresh(at, at.web, second.refresh_token))
    at.clock.step(1_209_600_000 - 1)
    await at.store.purge({ credentials: at.clock.at, shortLived: at.clock.at }, 99)
    expect(await infoAs(at, at.web, first.refresh_token)).toEqual(inactive)
  })

  it('F4: a refresh token is active for its own client only', async () => {
    const at = await provider({ layer }, { resources: [payroll] })
    const { refresh_token } = await signIn(at, at.web)
    expect((await infoAs(at, at.web, refresh_token)).body).toMatchObject({ active: true })
    const others = [
      at.post,
      await register(at.store, { ...api, resources: [payroll] }),
      await register(at.store, { ...api, introspectsAll: true }),
    ]
    for (const client of others) {
      expect(await infoAs(at, client, refresh_token)).toEqual(inactive)
    }
  })

  it('F11: a client can introspect only its own tokens and those for its resources', async () => {
    const at = await provider({ layer }, { resources: [payroll, 'https://photos.example'] })
    const { access_token } = await signIn(at, at.web, { resource: payroll })
    const active = { active: true, aud: payroll }
    expect((await infoAs(at, at.web, access_token)).body).toMatchObject(active)
    const theirs = await register(at.store, { ...api, resources: [payroll] })
    expect((await infoAs(at, theirs, access_token)).body).toMatchObject(active)
    const all = await register(at.store, { ...api, introspectsAll: true })
    expect((await infoAs(at, all, access_token)).body).toMatchObject(active)
    const photos = await register(at.store, { ...api, resources: ['https://photos.example'] })
    for (const client of [at.post, photos]) {
      expect(await infoAs(at, client, access_token)).toEqual(inactive)
    }
  })

  it('F11: equivalent spellings of a registered resource match', async () => {
    const at = await provider({ layer }, { resources: [payroll] })
    const { access_token } = await signIn(at, at.web)
    for (const resource of [`${payroll}/`, 'HTTPS://PAYROLL.example', `${payroll}:443`]) {
      const theirs = await register(at.store, { ...api, resources: [resource] })
      expect((await infoAs(at, theirs, access_token)).body).toMatchObject({ active: true })
    }
    const other = await register(at.store, { ...api, resources: [`${payroll}/staff`] })
    expect(await infoAs(at, other, access_token)).toEqual(inactive)
  })

  it('F11: a token without a resource is inactive for a client with resources', async () => {
    const at = await provider({ layer })
    const { access_token } = await signIn(at, at.web)
    const client = await register(at.store, { ...api, resources: [payroll] })
    expect(await infoAs(at, client, access_token)).toEqual(inactive)
  })

  it('security 27: a code is inactive, and its grant is kept', async () => {
    const at = await provider({ layer })
    const { code } = await getCode(at, at.web)
    expect(await info(at, code)).toEqual(inactive)
    expect(await grantsOf(at.store, { clientId: at.web.id })).toHaveLength(1)
  })

  it.each(['x', '💥 '.repeat(9), '{}', '%00', "' or 1=1 --", 'f'.repeat(8192), '\u{10ffff}'])(
    'security 27: garbage such as %j is inactive, never a 500',
    async (token) => {
      const at = await provider({ layer })
      expect(await info(at, token)).toEqual(inactive)
    },
  )

  it.each([
    ['', 400],
    ['a\0b', 400],
    [['a', 'b'], 400],
    ['x'.repeat(8193), 400],
  ])('security 27: the token %j is a %d', async (token, status) => {
    const at = await provider({ layer })
    const answer = await about('introspect', at, at.web, '', { token })
    expect(refusal(answer)).toEqual({ status, error: 'invalid_request' })
  })

  it('security 27: an unauthenticated request is a 401, for a public client too', async () => {
    const at = await provider({ layer })
    const { access_token: token } = await signIn(at, at.spa)
    const invalidClient = { status: 401, error: 'invalid_client' }
    const anonymous = request(at.app).post('/oauth/introspect').type('form').send({ token })
    expect(refusal(await anonymous)).toEqual(invalidClient)
    expect(refusal(await about('introspect', at, at.spa, token))).toEqual(invalidClient)
    const wrong = { ...at.web, secret: 'wrong' }
    const answer = await about('introspect', at, wrong, token)
    expect(refusal(answer)).toEqual(invalidClient)
    expect(answer.body).not.toHaveProperty('active')
  })

  it('security 27: a bearer token is not accepted as authentication', async () => {
    const at = await provider({ layer })
    const { access_token: token } = await signIn(at, at.web)
    const answer = await request(at.app)
      .post('/oauth/introspect')
      .set('Authorization', `Bearer ${token}`)
      .type('form')
      .send({ token })
    expect(answer.status).toBe(401)
  })

  it('is never cached', async () => {
    const at = await provider({ layer })
    const { headers } = await about('introspect', at, at.web, 'x')
    expect(headers).toMatchObject({ 'cache-control': 'no-store', pragma: 'no-cache' })
  })

  it('a wrong token_type_hint changes nothing', async () => {
    const at = await provider({ layer })
    const { access_token } = await signIn(at, at.web)
    for (const hint of ['refresh_token', 'nonsense']) {
      const answer = await about('introspect', at, at.web, access_token, { token_type_hint: hint })
      expect(answer.body).toMatchObject({ active: true })
    }
  })
})

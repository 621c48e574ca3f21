import { rotateClientSecret, updateClient } from '@oauth2-kit/core'
import { layers } from '../support/layers'
import {
  type TestClient,
  authorizationRequest,
  authorize,
  askForToken,
  exchange,
  getCode,
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
const ownGrants = ['authorization_code', 'refresh_token', 'client_credentials']
const invalidClient = { status: 401, error: 'invalid_client' }

describe.each(layers)('the authentication method on $version', ({ layer }) => {
  it.each(['client_secret_basic', 'client_secret_post'] as const)(
    'is the Basic header or the body if none is registered: %s',
    async (authMethod) => {
      const at = await provider({ layer })
      expect(at.web.authMethod).toBeUndefined()
      tokensOf(await askForToken(at, { ...at.web, authMethod }, ownToken))
    },
  )

  it('is none for a public client, and no secret is no method of a confidential one', async () => {
    const at = await provider({ layer })
    const answer = await askForToken(at, { ...at.web, secret: null, authMethod: 'none' }, ownToken)
    expect(answer.body).toEqual({
      error: 'invalid_client',
      error_description:
        'The client is registered for client_secret_basic or client_secret_post, but the request has no credentials',
    })
  })

  it('still allows only one per request', async () => {
    const at = await provider({ layer })
    const both = { ...ownToken, client_secret: at.web.secret! }
    expect(refusal(await askForToken(at, at.web, both))).toEqual({
      status: 400,
      error: 'invalid_request',
    })
  })

  it('says which one is registered and which one was sent, whether the secret is right or not', async () => {
    const debug = jest.fn()
    const at = await provider({ layer }, { debug })
    const client = await register(at.store, { authMethod: 'client_secret_basic' })
    const description =
      'The client is registered for client_secret_basic, but the request uses client_secret_post'
    for (const secret of [client.secret, 'wrong']) {
      const sent = { ...client, secret, authMethod: 'client_secret_post' as const }
      const answer = await askForToken(at, sent, ownToken)
      expect(refusal(answer)).toEqual(invalidClient)
      expect(answer.body).toHaveProperty('error_description', description)
      expect(debug).toHaveBeenLastCalledWith(
        expect.objectContaining({ error_description: description }),
      )
    }
  })
})

describe.each(layers)('two secrets of a client on $version', ({ layer }) => {
  it('are valid while the previous one is kept, and only then', async () => {
    const at = await provider({ layer }, { now: Date.now })
    const before = await register(at.store, { grantTypes: ownGrants })
    const { client, secret } = await rotateClientSecret(at.store, before.id, {
      keepPreviousFor: 3600,
    })
    const left = client.previousSecretExpiresAt! - Date.now()
    expect(left).toBeGreaterThan(3_500_000)
    expect(left).toBeLessThanOrEqual(3_600_000)
    for (const one of [before.secret, secret]) {
      tokensOf(await askForToken(at, { ...before, secret: one }, ownToken))
    }
    expect(refusal(await askForToken(at, { ...before, secret: 'wrong' }, ownToken))).toEqual(
      invalidClient,
    )
    await rotateClientSecret(at.store, before.id)
    for (const one of [before.secret, secret]) {
      const answer = await askForToken(at, { ...before, secret: one }, ownToken)
      expect(refusal(answer)).toEqual(invalidClient)
    }
  })

  it('end at the time that was set', async () => {
    const at = await provider({ layer })
    const before = await register(at.store, { grantTypes: ownGrants })
    const { client } = await rotateClientSecret(at.store, before.id, { keepPreviousFor: 60 })
    at.clock.at = client.previousSecretExpiresAt! - 1
    tokensOf(await askForToken(at, before, ownToken))
    at.clock.step(1)
    expect(refusal(await askForToken(at, before, ownToken))).toEqual(invalidClient)
  })

  it('may be chosen ones, each of which is remembered after its slow hash', async () => {
    const at = await provider({ layer })
    const before = await register(at.store, { grantTypes: ownGrants, secret: 'well chosen 1' })
    at.clock.at = Date.now()
    await rotateClientSecret(at.store, before.id, { secret: 'well chosen 2', keepPreviousFor: 60 })
    for (const secret of ['well chosen 1', 'well chosen 2', 'well chosen 1']) {
      expect((await askForToken(at, { ...before, secret }, ownToken)).status).toBe(200)
    }
  })
})

describe.each(layers)('PKCE of a client on $version', ({ layer }) => {
  const withoutPkce = { code_challenge: undefined, code_challenge_method: undefined }

  async function answerTo(client: TestClient, at: Awaited<ReturnType<typeof provider>>) {
    return redirected(await authorize(at, authorizationRequest(client, withoutPkce).parameters))
  }

  it.each([
    [true, false, true],
    [false, true, false],
    [undefined, true, true],
    [undefined, false, false],
  ])('requirePkce %p on a server with %p: needed is %p', async (own, server, isNeeded) => {
    const at = await provider({ layer }, { requirePkce: server })
    const client = await register(at.store, own === undefined ? {} : { requirePkce: own })
    const { code, error } = await answerTo(client, at)
    expect([code === undefined, error]).toEqual([
      isNeeded,
      isNeeded ? 'invalid_request' : undefined,
    ])
  })

  it('is always needed by a public client', async () => {
    const at = await provider({ layer }, { requirePkce: false })
    expect(await answerTo(at.spa, at)).toMatchObject({ error: 'invalid_request' })
    const registration = register(at.store, { type: 'public', requirePkce: false })
    await expect(registration).rejects.toThrow('"requirePkce" of a public client must be true')
  })
})

describe.each(layers)('a client without rotation on $version', ({ layer }) => {
  it('keeps its first refresh token, until the grant is revoked', async () => {
    const at = await provider({ layer })
    const client = await register(at.store, { refreshTokenRotation: false })
    const { refresh_token: token } = await signIn(at, client)
    at.clock.step(60_000)
    for (let n = 0; n < 3; n++) {
      const { body } = await refresh(at, client, token)
      expect(body).not.toHaveProperty('refresh_token')
      expect((await me(at, (body as { access_token: string }).access_token)).status).toBe(200)
      at.clock.step(60_000)
    }
    await at.oauth.revokeGrants({ userId: at.user.id, clientId: client.id })
    expect(refusal(await refresh(at, client, token))).toEqual({
      status: 400,
      error: 'invalid_grant',
    })
  })

  it('refreshes at once in many requests', async () => {
    const at = await provider({ layer })
    const client = await register(at.store, { refreshTokenRotation: false })
    const { refresh_token: token } = await signIn(at, client)
    const answers = await Promise.all(Array.from({ length: 10 }, () => refresh(at, client, token)))
    const tokens = answers.map((answer) => tokensOf(answer).access_token)
    expect(new Set(tokens).size).toBe(10)
  })

  it('has no use of a token that was redeemed while it still had rotation', async () => {
    const at = await provider({ layer }, { refreshGrace: 0 })
    const client = await register(at.store)
    const first = await signIn(at, client)
    const second = tokensOf(await refresh(at, client, first.refresh_token))
    await updateClient(at.store, client.id, { refreshTokenRotation: false })
    expect(refusal(await refresh(at, client, first.refresh_token))).toMatchObject({
      error: 'invalid_grant',
    })
    // The replay has ended the grant.
    expect((await me(at, second.access_token)).status).toBe(401)
  })

  it('loses the refresh token when it expires', async () => {
    const at = await provider({ layer }, { refreshTokenLifetime: 120 })
    const client = await register(at.store, { refreshTokenRotation: false })
    const { refresh_token: token } = await signIn(at, client)
    at.clock.step(119_999)
    tokensOf(await refresh(at, client, token))
    at.clock.step(1)
    expect(refusal(await refresh(at, client, token))).toMatchObject({ error: 'invalid_grant' })
  })

  it('is confidential', async () => {
    const at = await provider({ layer })
    const registration = register(at.store, { type: 'public', refreshTokenRotation: false })
    await expect(registration).rejects.toThrow('"refreshTokenRotation" of a public client must be')
  })
})

describe.each(layers)('the resources that a client may request on $version', ({ layer }) => {
  const resources = ['https://a.example', 'https://b.example']

  it('are a part of those of the server', async () => {
    const at = await provider({ layer }, { resources })
    const client = await register(at.store, {
      grantTypes: ownGrants,
      allowedResources: ['https://B.example/'],
    })
    tokensOf(await askForToken(at, client, { ...ownToken, resource: 'https://b.example' }))
    tokensOf(await askForToken(at, client, ownToken))
    const other = await askForToken(at, client, { ...ownToken, resource: 'https://a.example' })
    expect(refusal(other)).toEqual({ status: 400, error: 'invalid_target' })
    const { parameters } = authorizationRequest(client, { resource: 'https://a.example' })
    expect(redirected(await authorize(at, parameters))).toMatchObject({ error: 'invalid_target' })
  })

  it('are taken away from its grants', async () => {
    const at = await provider({ layer }, { resources })
    const client = await register(at.store)
    const { refresh_token } = await signIn(at, client)
    await updateClient(at.store, client.id, { allowedResources: ['https://a.example'] })
    const next = await refresh(at, client, refresh_token, { resource: 'https://b.example' })
    expect(refusal(next)).toEqual({ status: 400, error: 'invalid_target' })
    await updateClient(at.store, client.id, { allowedResources: null })
    tokensOf(await refresh(at, client, refresh_token, { resource: 'https://b.example' }))
  })

  it('are none on a server without resources', async () => {
    const at = await provider({ layer })
    for (const allowedResources of [[], ['https://a.example']]) {
      const client = await register(at.store, { grantTypes: ownGrants, allowedResources })
      expect(refusal(await askForToken(at, client, ownToken))).toEqual({
        status: 400,
        error: 'invalid_target',
      })
    }
  })

  it('can be none that the server has, and then it gets no token', async () => {
    const at = await provider({ layer }, { resources })
    const client = await register(at.store, { allowedResources: ['urn:example:other'] })
    const code = authorize(at, authorizationRequest(client).parameters)
    expect(redirected(await code)).toMatchObject({ error: 'invalid_target' })
  })
})

describe.each(layers)('localhost of a native app on $version', ({ layer }) => {
  it.each([
    [false, 'invalid'],
    [true, 'any port'],
  ])('with anyLocalhostPort %p: %s', async (anyLocalhostPort) => {
    const at = await provider({ layer }, { anyLocalhostPort })
    const redirectUris = ['http://localhost:3000/cb']
    const app = await register(at.store, { type: 'public', redirectUris })
    const web = await register(at.store, { redirectUris })
    const ask = async (client: TestClient, redirect_uri: string) => {
      const { parameters } = authorizationRequest(client, { redirect_uri })
      return (await authorize(at, parameters)).status
    }
    expect(await ask(app, 'http://localhost:3000/cb')).toBe(302)
    expect(await ask(app, 'http://localhost:51004/cb')).toBe(anyLocalhostPort ? 302 : 400)
    for (const uri of [
      'http://localhost:51004/other',
      'http://localhost.evil.example:51004/cb',
      'http://127.0.0.1:51004/cb',
      'https://localhost:51004/cb',
      'http://localhost:99999/cb',
    ]) {
      expect(await ask(app, uri)).toBe(400)
    }
    // A confidential client knows its port.
    expect(await ask(web, 'http://localhost:51004/cb')).toBe(400)
  })

  it('a code of another port is exchanged with the same redirect URI', async () => {
    const at = await provider({ layer }, { anyLocalhostPort: true })
    const redirectUris = ['http://localhost/cb']
    const app = await register(at.store, { type: 'public', redirectUris })
    const redirectUri = 'http://localhost:51004/cb'
    const code = await getCode(at, { ...app, redirectUri })
    expect((await exchange(at, app, code)).status).toBe(200)
  })
})

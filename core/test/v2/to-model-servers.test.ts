import { card, serverOnStore, servers } from '../support/model-on-store'

const invalidGrant = { code: 400, error: 'invalid_grant' }
const token = /^[0-9a-f]{40}$/

describe.each(servers)('toModel(memoryStore()) with $name', (server) => {
  it('issues tokens for a password', async () => {
    const { grant, present, user, signUp } = await serverOnStore(server)
    const form = { grant_type: 'password', ...(await signUp()) }
    const { status, body } = await grant(form)
    expect(status).toBe(200)
    expect(body).toEqual({
      token_type: 'bearer',
      access_token: expect.stringMatching(token),
      expires_in: 3600,
      refresh_token: expect.stringMatching(token),
    })
    expect(await present(body.access_token)).toEqual([200, user.id])
    const wrong = await grant({ ...form, password: 'wrong' })
    expect(wrong.body).toMatchObject({
      ...invalidGrant,
      error_description: 'User credentials are invalid',
    })
    const missing = await grant({ ...form, username: 'nobody' })
    expect(missing.body).toEqual(wrong.body)
  })

  it('issues client_credentials tokens, and refreshes them', async () => {
    const { grant, present } = await serverOnStore(server)
    const { status, body } = await grant({ grant_type: 'client_credentials' })
    expect(status).toBe(200)
    expect(await present(body.access_token)).toEqual([200, null])
    const { refresh_token } = body
    const renewed = await grant({ grant_type: 'refresh_token', refresh_token })
    expect(await present(renewed.body.access_token)).toEqual([200, null])
  })

  it('issues tokens for a code, and refreshes them', async () => {
    const { grant, authorize, present, user } = await serverOnStore(server)
    const first = await grant({ grant_type: 'authorization_code', code: await authorize() })
    expect(first.status).toBe(200)
    const { refresh_token } = first.body
    const second = await grant({ grant_type: 'refresh_token', refresh_token })
    expect(second.status).toBe(200)
    for (const { body } of [first, second]) {
      expect(await present(body.access_token)).toEqual([200, user.id])
    }
  })

  it('issues tokens for an extension grant', async () => {
    const { grant, present } = await serverOnStore(server, {
      extendedGrant: (_grantType, req, callback) =>
        callback(null, req.body.card === '4711', { id: 'card-holder' }),
    })
    const { status, body } = await grant({ grant_type: card, card: '4711' })
    expect(status).toBe(200)
    expect(await present(body.access_token)).toEqual([200, 'card-holder'])
    const refused = await grant({ grant_type: card, card: '0' })
    expect([refused.status, refused.body.error]).toEqual([400, 'invalid_request'])
  })

  it.each([
    ['no user', undefined],
    ['null as the user', null],
    ['false as the user', false],
    ['a user without an id', { name: 'Ada' }],
  ])('refuses an extension grant that is supported with %s', async (_what, user) => {
    const { grant } = await serverOnStore(server, {
      extendedGrant: (_grantType, _req, callback) => callback(null, true, user),
    })
    const { status, body } = await grant({ grant_type: card })
    expect([status, body.error_description]).toEqual([400, 'Invalid request.'])
  })

  it('accepts an extendedGrant that returns a promise', async () => {
    const { grant, present } = await serverOnStore(server, {
      extendedGrant: async (_grantType, req) => (req.body.card === '4711' ? { id: 'ada' } : null),
    })
    const { body } = await grant({ grant_type: card, card: '4711' })
    expect(await present(body.access_token)).toEqual([200, 'ada'])
    expect((await grant({ grant_type: card, card: '0' })).status).toBe(400)
  })

  it("keeps an extension grant's own error and description", async () => {
    const error = { error: 'invalid_grant', description: 'The card is blocked' }
    const { grant } = await serverOnStore(server, {
      extendedGrant: (_grantType, _req, callback) => callback(error),
    })
    const { body } = await grant({ grant_type: card })
    expect(body).toMatchObject({ ...invalidGrant, error_description: 'The card is blocked' })
  })

  it('accepts a generateToken that calls back', async () => {
    const { grant, present } = await serverOnStore(server, {
      generateToken: (type, _req, callback) => callback(null, `my-${type}`),
    })
    const { body } = await grant({ grant_type: 'client_credentials' })
    expect(body).toMatchObject({ access_token: 'my-accessToken', refresh_token: 'my-refreshToken' })
    expect(await present('my-accessToken')).toEqual([200, null])
  })

  it('accepts a generateToken that returns a promise', async () => {
    const { grant, present } = await serverOnStore(server, {
      generateToken: async (type) => `my-${type}`,
    })
    const { body } = await grant({ grant_type: 'client_credentials' })
    expect(body).toMatchObject({ access_token: 'my-accessToken', refresh_token: 'my-refreshToken' })
    expect(await present('my-accessToken')).toEqual([200, null])
  })

  it('refuses a wrong secret, and an unknown client', async () => {
    const { grant, client } = await serverOnStore(server)
    const answers = [
      await grant({ grant_type: 'client_credentials', client_secret: 'wrong' }),
      await grant({ grant_type: 'client_credentials', client_id: 'nobody' }),
    ]
    for (const { status, body } of answers) {
      expect([status, body.error]).toEqual([400, 'invalid_client'])
    }
    expect((await grant({ grant_type: 'client_credentials' }, client)).status).toBe(200)
  })

  it('refuses a code that is redeemed twice, and revokes its grant', async () => {
    const { grant, authorize, present } = await serverOnStore(server)
    const code = await authorize()
    const first = await grant({ grant_type: 'authorization_code', code })
    const again = await grant({ grant_type: 'authorization_code', code })
    expect(again.body).toMatchObject({ ...invalidGrant, error_description: 'Invalid code' })
    expect(await present(first.body.access_token)).toEqual([401, 'invalid_token'])
    const { refresh_token } = first.body
    expect((await grant({ grant_type: 'refresh_token', refresh_token })).body).toMatchObject(
      invalidGrant,
    )
  })

  it('refuses a refresh token that is redeemed twice, and revokes its grant', async () => {
    const { grant, present } = await serverOnStore(server)
    const first = await grant({ grant_type: 'client_credentials' })
    const { refresh_token } = first.body
    const second = await grant({ grant_type: 'refresh_token', refresh_token })
    const again = await grant({ grant_type: 'refresh_token', refresh_token })
    expect(again.body).toMatchObject({
      ...invalidGrant,
      error_description: 'Invalid refresh token',
    })
    for (const { body } of [first, second]) {
      expect(await present(body.access_token)).toEqual([401, 'invalid_token'])
    }
    const form = { grant_type: 'refresh_token', refresh_token: second.body.refresh_token }
    expect((await grant(form)).body).toMatchObject(invalidGrant)
  })

  it('keeps two grants of one user and client apart', async () => {
    const { grant, authorize, present, user } = await serverOnStore(server)
    const codes = [await authorize(), await authorize()]
    const [first, second] = await Promise.all(
      codes.map((code) => grant({ grant_type: 'authorization_code', code })),
    )
    await grant({ grant_type: 'authorization_code', code: codes[0] }).expect(400)
    expect(await present(first!.body.access_token)).toEqual([401, 'invalid_token'])
    expect(await present(second!.body.access_token)).toEqual([200, user.id])
    const { refresh_token } = second!.body
    expect((await grant({ grant_type: 'refresh_token', refresh_token })).status).toBe(200)
  })

  it("refuses another client's code and refresh token", async () => {
    const { grant, authorize, other } = await serverOnStore(server)
    const code = await authorize()
    const stolen = await grant({ grant_type: 'authorization_code', code }, other)
    expect(stolen.body).toMatchObject({ ...invalidGrant, error_description: 'Invalid code' })
    const { refresh_token } = (await grant({ grant_type: 'client_credentials' })).body
    const refreshed = await grant({ grant_type: 'refresh_token', refresh_token }, other)
    expect(refreshed.body).toMatchObject(invalidGrant)
  })

  it('issues tokens to at most one of several concurrent requests with a code', async () => {
    const { grant, authorize, present } = await serverOnStore(server)
    const code = await authorize()
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => grant({ grant_type: 'authorization_code', code })),
    )
    const granted = answers.filter(({ status }) => status === 200)
    expect(granted.length).toBeLessThanOrEqual(1)
    for (const { body } of granted) {
      expect(await present(body.access_token)).toEqual([401, 'invalid_token'])
    }
  })

  it('passes no token, code, secret or password to the store', async () => {
    const { grant, authorize, given, client, signUp } = await serverOnStore(server)
    const code = await authorize()
    const { username, password } = await signUp()
    const answers = [
      await grant({ grant_type: 'authorization_code', code }),
      await grant({ grant_type: 'password', username, password }),
      await grant({ grant_type: 'client_credentials' }),
    ]
    const tokens = answers.flatMap(({ body }) => [body.access_token, body.refresh_token])
    await grant({ grant_type: 'refresh_token', refresh_token: tokens[1] }).expect(200)
    expect(given()).toContain(client.client_id)
    for (const secret of [code, ...tokens, client.client_secret, password]) {
      expect(secret).toEqual(expect.any(String))
      expect(given().includes(secret as string)).toBe(false)
    }
  })

  it('is a 503 if the store fails or never responds', async () => {
    const { store, grant } = await serverOnStore(server, { storeTimeout: 20 })
    for (const fault of [
      () => Promise.reject(new Error('down')),
      () => new Promise<never>(() => {}),
    ]) {
      store.getClient = fault
      const { status, body } = await grant({ grant_type: 'client_credentials' })
      expect([status, body.error, body.access_token]).toEqual([503, 'server_error', undefined])
    }
  })
})

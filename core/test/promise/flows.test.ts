import oauthserver from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'
import express from 'express'
import request from 'supertest'
import { type Differences, promiseApp } from '../../../test/support/promise/app'
import { challenge, redirectUri } from '../../../test/support/promise/calls'
import { type PromiseServer, promiseServers } from '../../../test/support/promise/servers'
import { recordedStore } from '../support/recorded-store'

const grants = ['authorization_code', 'refresh_token']

const start = (version: PromiseServer, differences?: Differences) =>
  promiseApp(version, memoryStore(), differences)

describe.each(promiseServers)('toPromiseModel(memoryStore()) under $name', (version) => {
  it('issues tokens for a code, and refreshes them', async () => {
    const { codeForm, grant, refresh, present, user } = await start(version)
    const first = await grant(await codeForm({ scope: 'read' }))
    expect(first).toMatchObject({
      status: 200,
      body: { token_type: 'Bearer', refresh_token: expect.any(String) },
    })
    const second = await refresh(first.body['refresh_token'])
    expect(second.status).toBe(200)
    expect(second.body['refresh_token']).not.toBe(first.body['refresh_token'])
    for (const { body } of [first, second]) {
      const { status, body: token } = await present(body['access_token'], 'read')
      expect([status, token['user']]).toEqual([200, { id: user.id }])
      expect((await present(body['access_token'], 'write')).status).toBe(403)
    }
  })

  it('refuses a code that is redeemed twice, and ends its grant', async () => {
    const { codeForm, grant, refresh, present } = await start(version)
    const form = await codeForm()
    const { body } = await grant(form)
    expect((await present(body['access_token'])).status).toBe(200)
    expect(await grant(form)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
    expect((await present(body['access_token'])).status).toBe(401)
    expect((await refresh(body['refresh_token'])).status).toBe(400)
  })

  it('refuses a refresh token that is redeemed twice, and ends its grant', async () => {
    const { signUp, grant, refresh, present } = await start(version)
    const first = await grant(await signUp())
    const second = await refresh(first.body['refresh_token'])
    expect(await refresh(first.body['refresh_token'])).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant' },
    })
    for (const { body } of [first, second])
      expect((await present(body['access_token'])).status).toBe(401)
    expect((await refresh(second.body['refresh_token'])).status).toBe(400)
  })

  it('keeps the refresh token if the server is told to', async () => {
    const serverOptions = { alwaysIssueNewRefreshToken: false }
    const { signUp, grant, refresh, present, store, client } = await start(version, {
      serverOptions,
    })
    const first = await grant(await signUp())
    for (let round = 0; round < 2; round++) {
      const { status, body } = await refresh(first.body['refresh_token'])
      expect([status, body['refresh_token']]).toEqual([200, undefined])
      expect((await present(body['access_token'])).status).toBe(200)
    }
    // All of them belong to the same grant.
    const { grants } = await store.listGrants({ clientId: client.client_id }, { limit: 9 })
    expect(grants).toHaveLength(1)
  })

  it('issues tokens for a password, with all scopes of the client', async () => {
    const { signUp, grant, present } = await start(version)
    const form = await signUp()
    const { status, body } = await grant(form)
    expect(status).toBe(200)
    expect((await present(body['access_token'], 'read write')).status).toBe(200)
    expect(await grant({ ...form, password: 'wrong' })).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant' },
    })
    expect((await grant({ ...form, username: 'u'.repeat(300) })).status).toBe(400)
  })

  it('issues client_credentials tokens, for no user', async () => {
    const { grant, present } = await start(version)
    const { status, body } = await grant({ grant_type: 'client_credentials', scope: 'write' })
    expect([status, body['refresh_token']]).toEqual([200, undefined])
    const { body: token } = await present(body['access_token'], 'write')
    expect(token['user']).toEqual({ id: null })
  })

  it('issues tokens without a scope', async () => {
    const { grant, codeForm, signUp, refresh, present } = await start(version, {
      client: { scopes: null },
    })
    const answers = [
      await grant({ grant_type: 'client_credentials' }),
      await grant(await signUp()),
      await grant(await codeForm()),
    ]
    answers.push(await refresh(answers[2]!.body['refresh_token']))
    for (const { status, body } of answers) {
      expect([status, body['scope'] || '']).toEqual([200, version.name.endsWith('5.0.0') ? [] : ''])
      expect((await present(body['access_token'])).status).toBe(200)
      expect((await present(body['access_token'], 'read')).status).toBe(403)
    }
  })

  it.each(['admin', 'read admin'])(
    'refuses the scope %j, which the client lacks',
    async (scope) => {
      const { grant, signUp, authorize, codeForm } = await start(version)
      const answers = [
        await grant({ grant_type: 'client_credentials', scope }),
        await grant({ ...(await signUp()), scope }),
      ]
      for (const { status, body } of answers)
        expect([status, body['error']]).toEqual([400, 'invalid_scope'])
      // Version 3.0 does not check the scope at the authorization endpoint, so the model does.
      const { error } = await authorize({ scope })
      expect(error).toBe(version.name.endsWith('3.0.0') ? 'server_error' : 'invalid_scope')
      expect((await codeForm({ scope }))['code']).toBe('')
    },
  )

  it('refuses a wrong secret, no secret and an unknown client', async () => {
    const { grant, client } = await start(version)
    const form = { grant_type: 'client_credentials' }
    const { client_id } = client
    for (const as of [
      { client_id, client_secret: 'wrong' },
      { client_id },
      { client_id, client_secret: '' },
      { client_id: 'nobody', client_secret: 'any' },
      { client_id: 'n'.repeat(300), client_secret: 'any' },
    ]) {
      const { status, body } = await grant(form, as)
      expect([status, body['error']]).toEqual([400, 'invalid_client'])
    }
  })

  it('accepts a public client without a secret where the server allows it, and no other', async () => {
    const serverOptions = {
      requireClientAuthentication: {
        password: false,
        refresh_token: false,
        client_credentials: false,
      },
    }
    const client = { type: 'public' as const, grantTypes: ['password', 'refresh_token'] }
    const open = await start(version, { serverOptions, client })
    const { body } = await open.grant(await open.signUp())
    expect((await open.refresh(body['refresh_token'])).status).toBe(200)
    const own = await open.grant({ grant_type: 'client_credentials' })
    expect([own.status, own.body['error']]).toEqual([400, 'unauthorized_client'])

    const { grant, client: confidential } = await start(version, { serverOptions })
    const { client_id } = confidential
    const refused = await grant({ grant_type: 'client_credentials' }, { client_id })
    expect([refused.status, refused.body['error']]).toEqual([400, 'invalid_client'])
  })

  it("refuses another client's code and refresh token, which stay valid", async () => {
    const app = await start(version)
    const other = await promiseApp(version, app.store)
    const form = await app.codeForm()
    expect((await app.grant(form, other.client)).status).toBe(400)
    const { status, body } = await app.grant(form)
    expect(status).toBe(200)
    expect((await app.refresh(body['refresh_token'], {}, other.client)).status).toBe(400)
    expect((await app.refresh(body['refresh_token'])).status).toBe(200)
  })

  it('lets no expired code or token pass', async () => {
    const lifetimes = { accessTokenLifetime: -1, refreshTokenLifetime: -1 }
    const { grant, present, refresh, signUp, codeForm } = await start(version, {
      serverOptions: { ...lifetimes, authorizationCodeLifetime: -1 },
    })
    const { body } = await grant(await signUp())
    expect((await present(body['access_token'])).status).toBe(401)
    expect((await refresh(body['refresh_token'])).body['error']).toBe('invalid_grant')
    expect((await grant(await codeForm())).body['error']).toBe('invalid_grant')
  })

  it("uses the client's lifetimes, and null for tokens that never expire", async () => {
    const grantTypes = ['password', 'refresh_token']
    const short = await start(version, {
      client: { grantTypes, accessTokenLifetime: 60, refreshTokenLifetime: 0 },
    })
    const limited = await short.grant(await short.signUp())
    expect(limited.body['expires_in']).toBeGreaterThan(50)
    expect(limited.body['expires_in']).toBeLessThanOrEqual(60)
    expect((await short.refresh(limited.body['refresh_token'])).status).toBe(400)

    const endless = await start(version, {
      client: { grantTypes, accessTokenLifetime: null, refreshTokenLifetime: null },
    })
    const { body } = await endless.grant(await endless.signUp())
    expect(body['expires_in']).toBeUndefined()
    expect((await endless.present(body['access_token'])).status).toBe(200)
    expect((await endless.refresh(body['refresh_token'])).status).toBe(200)
  })

  it('issues no refresh token to a client without that grant type', async () => {
    const { grant, signUp } = await start(version, { client: { grantTypes: ['password'] } })
    const { status, body } = await grant(await signUp())
    expect([status, body['refresh_token']]).toEqual([200, undefined])
  })

  it('passes no token, code, secret or password to the store', async () => {
    const { store, given } = recordedStore(memoryStore())
    const { grant, codeForm, signUp, refresh, client } = await promiseApp(version, store)
    const form = await codeForm()
    const { username, password } = await signUp()
    const answers = [
      await grant(form),
      await grant({ grant_type: 'password', username, password }),
      await grant({ grant_type: 'client_credentials' }),
    ]
    answers.push(await refresh(answers[1]!.body['refresh_token']))
    const secrets = answers.flatMap(({ body }) => [body['access_token'], body['refresh_token']])
    expect(given()).toContain(client.client_id)
    const issued = secrets.filter((secret) => secret !== undefined)
    expect(issued).toHaveLength(7)
    for (const secret of [form['code'], client.client_secret, ...issued]) {
      expect(given()).not.toContain(secret)
    }
  })

  it('shares its codes and tokens with our own server', async () => {
    const { store, codeForm, grant, present, client } = await start(version)
    const issuer = 'https://as.example'
    const oauth = oauthserver({ store, issuer, requirePkce: false, grants })
    const ours = express().post('/', oauth.grant())
    const call = async (form: object): Promise<Record<string, string>> => {
      const sent = request(ours).post('/').type('form')
      return (await sent.send({ ...client, ...form })).body
    }
    // A code of theirs at our token endpoint, then a refresh at theirs, and at ours again.
    const first = await call(await codeForm({ scope: 'read' }))
    expect(first).toMatchObject({ scope: 'read', refresh_token: expect.any(String) })
    const form = { grant_type: 'refresh_token' }
    const second = await grant({ ...form, refresh_token: first['refresh_token'] })
    expect(second.status).toBe(200)
    const third = await call({ ...form, refresh_token: second.body['refresh_token'] })
    for (const token of [first['access_token'], second.body['access_token'], third['access_token']])
      expect((await present(token, 'read')).status).toBe(200)
    // A replay at their server ends the grant.
    expect((await grant({ ...form, refresh_token: second.body['refresh_token'] })).status).toBe(400)
    expect((await present(third['access_token']!)).status).toBe(401)
  })

  it('answers with a 503 in bounded time if the store fails or never responds', async () => {
    const { store, grant, present, signUp } = await start(version, {
      options: { storeTimeout: 20 },
    })
    const form = await signUp()
    const { body } = await grant(form)
    const working = { ...store }
    for (const fault of [
      () => Promise.reject(new Error('secret database host')),
      () => new Promise<never>(() => {}),
    ]) {
      Object.assign(store, { find: fault, getClient: fault })
      const answers = [await grant(form), await present(body['access_token'])]
      for (const answer of answers) {
        expect([answer.status, answer.body['error']]).toEqual([503, 'server_error'])
        expect(JSON.stringify(answer.body)).not.toContain('secret database host')
      }
      Object.assign(store, working)
    }
    expect((await grant(form)).status).toBe(200)
  })
})

describe.each(promiseServers.filter(({ hasPkce }) => hasPkce))('PKCE under $name', (version) => {
  const publicClient = { type: 'public' as const, grantTypes: grants }

  it('issues tokens to a public client with a verifier, and to no one without', async () => {
    const { codeForm, grant, present, user } = await start(version, { client: publicClient })
    const { status, body } = await grant(await codeForm())
    expect(status).toBe(200)
    expect((await present(body['access_token'])).body['user']).toEqual({ id: user.id })
    const form = await codeForm()
    for (const code_verifier of ['w'.repeat(43), undefined]) {
      const { status: refused } = await grant({ ...form, code_verifier })
      expect(refused).toBe(400)
    }
  })

  it.each([
    ['no challenge', { code_challenge: undefined, code_challenge_method: undefined }],
    ['a challenge by plain', { code_challenge_method: 'plain' }],
    ['a malformed challenge', { code_challenge: 'short' }],
  ])('refuses a public client with %s', async (_what, parameters) => {
    const { authorize } = await start(version, { client: publicClient })
    const { code, error } = await authorize(parameters)
    expect(code).toBeUndefined()
    expect(['server_error', 'invalid_request']).toContain(error)
  })

  it('refuses plain for any client, even if the server allows it', async () => {
    const { authorize } = await start(version, { serverOptions: { enablePlainPKCE: true } })
    for (const code_challenge_method of ['plain', undefined]) {
      const { code, error } = await authorize({ code_challenge_method })
      // Version 5 takes S256 as the default, unless it allows plain.
      if (code_challenge_method === undefined && version.name.endsWith('5.0.0') && code) continue
      expect([code, error]).toEqual([undefined, expect.any(String)])
    }
  })

  it.each([
    ['the client', { client: { requirePkce: true } }],
    ['the option', { options: { requirePkce: true } }],
  ])('is required of a confidential client if %s says so', async (_what, differences) => {
    const { authorize, codeForm, grant } = await start(version, differences)
    const none = { code_challenge: undefined, code_challenge_method: undefined }
    expect((await authorize(none))['code']).toBeUndefined()
    expect((await grant(await codeForm())).status).toBe(200)
  })
})

describe.each(promiseServers.filter(({ hasPkce }) => !hasPkce))(
  '$name, without PKCE',
  (version) => {
    it('gives no code to a public client', async () => {
      const { authorize } = await start(version, {
        client: { type: 'public', redirectUris: [redirectUri], grantTypes: grants },
      })
      const { code, error_description } = await authorize()
      expect(code).toBeUndefined()
      expect(error_description).toContain('code_challenge_method=S256')
    })

    it('gets no tokens for a code with a challenge that another server issued', async () => {
      const { store, client, grant, user, model } = await start(version)
      const newer = promiseServers.at(-1)!
      const app = await promiseApp(newer, store)
      const code = {
        authorizationCode: 'the-code-of-another-server',
        expiresAt: new Date(Date.now() + 60_000),
        redirectUri,
        codeChallenge: challenge,
        codeChallengeMethod: 'S256',
      }
      await app.model.saveAuthorizationCode(code, { id: client.client_id }, user)
      const form = { grant_type: 'authorization_code', code: code.authorizationCode }
      const answer = await grant({ ...form, redirect_uri: redirectUri })
      expect([answer.status, answer.body['error_description']]).toEqual([
        503,
        expect.stringContaining('PKCE'),
      ])
      expect(await model.getAuthorizationCode(code.authorizationCode)).toBeNull()
    })
  },
)

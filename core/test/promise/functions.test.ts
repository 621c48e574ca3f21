import { randomUUID } from 'node:crypto'
import { inspect } from 'node:util'
import oauthserver, { type ToPromiseModelOptions, toPromiseModel } from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'
import { challenge, redirectUri } from '../../../test/support/promise/calls'
import { passwords } from '../support/quick-passwords'
import { grantsOf } from '../support/records'

type Call = (name: string, ...args: unknown[]) => Promise<unknown>

const later = (milliseconds = 3_600_000) => new Date(Date.now() + milliseconds)
const now = Date.UTC(2030, 0, 1)

const newCode = (details: object = {}) => ({
  authorizationCode: randomUUID(),
  expiresAt: later(),
  redirectUri,
  scope: ['read', 'write'],
  ...details,
})
const newToken = (details: object = {}) => ({
  accessToken: randomUUID(),
  accessTokenExpiresAt: later(),
  refreshToken: randomUUID(),
  refreshTokenExpiresAt: later(),
  scope: ['read'],
  ...details,
})

async function start(options: ToPromiseModelOptions = {}) {
  const store = memoryStore()
  const { client, secret } = await oauthserver.createClient(store, {
    name: 'Album',
    grantTypes: ['authorization_code', 'refresh_token', 'client_credentials'],
    redirectUris: [redirectUri],
    scopes: ['read', 'write'],
  })
  const model = toPromiseModel(store, { passwords, refreshGrace: 0, ...options })
  const call: Call = (name, ...args) =>
    (model as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>)[name]!(...args)
  const user = { id: randomUUID() }

  return {
    store,
    client,
    secret: secret!,
    model,
    call,
    user,
    newCode,
    newToken,
    /** Saves a new code, and returns it. */
    saveCode: (details?: object) => model.saveAuthorizationCode(newCode(details), client, user),
    /** Saves new tokens, and returns them. */
    saveToken: (details?: object) => model.saveToken(newToken(details), client, user),
  }
}

/** Values of a wrong type. No function may throw an error of its own or look one of them up. */
const odd: unknown[] = [
  undefined,
  null,
  '',
  7,
  true,
  {},
  [],
  ['a'],
  { $ne: null },
  { toString: () => 'a' },
]

describe('a promise model', () => {
  it.each([
    'getAccessToken',
    'getRefreshToken',
    'getAuthorizationCode',
    'getUser',
    'getUserFromClient',
    'getClient',
  ])('%s resolves with null for an argument of a wrong type', async (name) => {
    const { call, store } = await start()
    const find = jest.spyOn(store, 'find')
    for (const value of odd) {
      expect(await call(name, value, value, value)).toBeNull()
    }
    expect(find).not.toHaveBeenCalled()
  })

  it.each(['revokeToken', 'revokeAuthorizationCode', 'validateRedirectUri', 'verifyScope'])(
    '%s resolves with false for an argument of a wrong type',
    async (name) => {
      const { call } = await start()
      for (const value of odd) {
        if (name === 'verifyScope' && (typeof value === 'string' || Array.isArray(value))) continue
        expect(await call(name, value, value)).toBe(false)
        expect(await call(name, { refreshToken: value, authorizationCode: value }, value)).toBe(
          false,
        )
      }
    },
  )

  it('validateScope resolves with false for a client or scope of a wrong type', async () => {
    const { call, client, user } = await start()
    for (const value of [7, true, {}, [7], [null], ['a"b'], [{}]])
      expect(await call('validateScope', user, client, value)).toBe(false)
    for (const value of [undefined, null, 7, {}, { id: 7 }, { id: 'nobody' }])
      expect(await call('validateScope', user, value, ['read'])).toBe(false)
  })

  it.each(['saveToken', 'saveAuthorizationCode'])(
    '%s rejects with an error that names the argument, and saves nothing',
    async (name) => {
      const { call, client, user, newToken, newCode, store } = await start()
      const good = name === 'saveToken' ? newToken() : newCode()
      for (const value of odd) {
        await expect(call(name, value, client, user)).rejects.toThrow(/must be/)
        await expect(call(name, good, value, user)).rejects.toThrow('There is no such client')
        await expect(call(name, good, client, value)).rejects.toThrow(/"user(?:\.id)?" must/)
        for (const property of Object.keys(good)) {
          const isMissing = value === undefined || value === null
          const mayBeMissing = ['scope', 'refreshToken', 'redirectUri'].includes(property)
          if (isMissing && mayBeMissing) continue
          if (property === 'scope' && Array.isArray(value) && value.length === 0) continue
          await expect(call(name, { ...good, [property]: value }, client, user)).rejects.toThrow(
            /must|scope/,
          )
        }
      }
      for (const date of [new Date(Number.NaN), Date.now(), later().toISOString()]) {
        const wrong = { ...good, expiresAt: date, accessTokenExpiresAt: date }
        await expect(call(name, wrong, client, user)).rejects.toThrow('must be a valid Date')
      }
      expect(await grantsOf(store, { clientId: client.id })).toEqual([])
    },
  )

  it('getClient finds by id for null, and authenticates for any other secret', async () => {
    const { call, client, secret } = await start()
    const expected = {
      id: client.id,
      name: 'Album',
      grants: ['authorization_code', 'refresh_token', 'client_credentials'],
      redirectUris: [redirectUri],
    }
    for (const presented of [null, secret]) {
      const found = await call('getClient', client.id, presented)
      expect(found).toMatchObject(expected)
      expect(found).not.toHaveProperty('secretHash')
      expect(found).not.toHaveProperty('version')
    }
    for (const wrong of [undefined, '', 'wrong', 7, {}, [secret]])
      expect(await call('getClient', client.id, wrong)).toBeNull()
  })

  it('getClient finds a public client only without a secret', async () => {
    const { call, store } = await start()
    const details = { type: 'public' as const, redirectUris: [redirectUri] }
    const { client } = await oauthserver.createClient(store, details)
    for (const none of [undefined, '', null])
      expect(await call('getClient', client.id, none)).toMatchObject({ id: client.id })
    expect(await call('getClient', client.id, 'any')).toBeNull()
    // RFC 6749 4.4: only confidential clients may use client_credentials.
    expect(await call('getUserFromClient', client)).toBeNull()
  })

  it('the client that getClient returns may be changed without effect', async () => {
    const { model, client, secret } = await start()
    const one = (await model.getClient(client.id, secret))!
    one.grants.push('password')
    one.scopes!.push('admin')
    expect(await model.validateScope({}, one, ['admin'])).toBe(false)
    expect((await model.getClient(client.id, secret))!.grants).not.toContain('password')
  })

  it('getClient accepts a secret whose hash cannot be renewed, and one process warning says so', async () => {
    const warned = jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const outdated = { ...passwords, isOutdated: () => true }
    const { model, store } = await start({ passwords: outdated })
    const details = { id: 'web', secret: 'a chosen secret', grantTypes: ['client_credentials'] }
    await oauthserver.createClient(store, details, { passwords })
    store.updateClient = () => Promise.reject(new Error('host db.internal'))
    for (let times = 0; times < 3; times++)
      expect(await model.getClient('web', 'a chosen secret')).toMatchObject({ id: 'web' })
    expect(warned).toHaveBeenCalledTimes(1)
    const [text, options] = warned.mock.calls[0]! as unknown as [string, object]
    expect(text).toMatch(
      /^The hash of a client's secret could not be renewed: Error at .* tries again$/,
    )
    expect(text).not.toContain('db.internal')
    expect(options).toMatchObject({ code: 'OAUTH2_KIT_SERVER_ERROR' })
    warned.mockRestore()
  })

  it('of 20 callers, exactly one revokes a code or refresh token, and the grant stays', async () => {
    const { model, saveCode, saveToken } = await start()
    const code = await saveCode()
    const token = await saveToken()
    const { refreshToken } = token
    for (const revoke of [
      () => model.revokeAuthorizationCode(code),
      () => model.revokeToken({ refreshToken: refreshToken! }),
    ]) {
      const outcomes = await Promise.all(Array.from({ length: 20 }, revoke))
      expect(outcomes.filter(Boolean)).toHaveLength(1)
      expect(new Set(outcomes)).toEqual(new Set([true, false]))
    }
    expect(await model.getAccessToken(token.accessToken)).not.toBeNull()
  })

  it('a refresh token that is presented again ends its grant only after refreshGrace', async () => {
    const clock = { time: Date.now() }
    const options = { refreshGrace: 10, now: () => clock.time }
    const { model, saveToken } = await start(options)
    const { accessToken, refreshToken } = await saveToken()
    expect(await model.revokeToken((await model.getRefreshToken(refreshToken!))!)).toBe(true)
    for (const after of [0, 9_999]) {
      clock.time += after
      expect(await model.getRefreshToken(refreshToken!)).toBeNull()
      expect(await model.getAccessToken(accessToken)).not.toBeNull()
    }
    clock.time += 1
    expect(await model.getRefreshToken(refreshToken!)).toBeNull()
    expect(await model.getAccessToken(accessToken)).toBeNull()
  })

  it.each([10, 0])('a sign-out stays one with a refreshGrace of %d', async (refreshGrace) => {
    const { model, saveToken } = await start({ refreshGrace })
    const { refreshToken } = await saveToken()
    expect(await model.revokeToken({ refreshToken: refreshToken! })).toBe(true)
    expect(await model.revokeToken({ refreshToken: refreshToken! })).toBe(false)
    expect(await model.getRefreshToken(refreshToken!)).toBeNull()
  })

  it('getAuthorizationCode and getRefreshToken end the grant of what was redeemed', async () => {
    const { model, saveCode, saveToken, newToken, client } = await start()
    const { authorizationCode } = await saveCode()
    const code = (await model.getAuthorizationCode(authorizationCode))!
    expect(await model.revokeAuthorizationCode(code)).toBe(true)
    const token = await model.saveToken(newToken({ authorizationCode }), client, code.user)
    expect(await model.getAccessToken(token.accessToken)).not.toBeNull()
    expect(await model.getAuthorizationCode(authorizationCode)).toBeNull()
    expect(await model.getAccessToken(token.accessToken)).toBeNull()

    const saved = await saveToken()
    const refresh = (await model.getRefreshToken(saved.refreshToken!))!
    expect(await model.revokeToken(refresh)).toBe(true)
    const next = await model.saveToken(newToken(), client, refresh.user)
    expect(await model.getRefreshToken(saved.refreshToken!)).toBeNull()
    for (const { accessToken } of [saved, next])
      expect(await model.getAccessToken(accessToken)).toBeNull()
  })

  it('the tokens of a code stay in its grant if an application copies what a look-up returned', async () => {
    const { model, store, client, saveCode, newToken } = await start()
    const { authorizationCode } = await saveCode()
    const code = (await model.getAuthorizationCode(authorizationCode))!
    await model.revokeAuthorizationCode({ authorizationCode })
    await model.saveToken(newToken({ authorizationCode }), { ...client }, { ...code.user })
    expect(await grantsOf(store, { clientId: client.id })).toHaveLength(1)
  })

  it('a sign-out leaves the next sign-in of the same user object alone', async () => {
    const { model, store, client, newToken } = await start()
    const user = { id: 'ada' }
    const saved = await model.saveToken(newToken({ scope: ['read'] }), client, user)
    expect(await model.revokeToken(saved)).toBe(true)
    const next = newToken({ scope: ['read', 'write'] })
    await model.saveToken(next, client, user)
    expect(await grantsOf(store, { clientId: client.id })).toHaveLength(2)
    expect(await model.getRefreshToken(saved.refreshToken!)).toBeNull()
    expect(await model.getAccessToken(next.accessToken)).not.toBeNull()
  })

  it('saveToken rejects if the challenge was only copied or logged', async () => {
    const codeChallenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'
    const { model, client, saveCode, newToken } = await start()
    const saved = await saveCode({ codeChallenge, codeChallengeMethod: 'S256' })
    const { authorizationCode } = saved
    const code = (await model.getAuthorizationCode(authorizationCode))!
    JSON.stringify({ ...code })
    inspect(code)
    expect(await model.revokeAuthorizationCode(code)).toBe(true)
    const save = () => model.saveToken(newToken({ authorizationCode }), client, code.user)
    await expect(save()).rejects.toThrow('the server did not check')
    expect(code.codeChallenge).toBe(codeChallenge)
    await save()
  })

  it('saveToken rejects if the code or refresh token was not redeemed', async () => {
    const { model, saveCode, saveToken, newToken, client } = await start()
    const { authorizationCode } = await saveCode()
    const code = (await model.getAuthorizationCode(authorizationCode))!
    const save = (details: object, user: object) => model.saveToken(newToken(details), client, user)
    await expect(save({ authorizationCode }, code.user)).rejects.toThrow('not been redeemed')
    await expect(save({}, code.user)).rejects.toThrow('not been redeemed')
    await expect(save({ authorizationCode: 'unknown' }, { id: 'a' })).rejects.toThrow(
      'did not return',
    )
    const refresh = (await model.getRefreshToken((await saveToken()).refreshToken!))!
    await expect(save({}, refresh.user)).rejects.toThrow('not been redeemed')
    // Without a new refresh token, as with alwaysIssueNewRefreshToken: false.
    await save({ refreshToken: undefined }, refresh.user)
  })

  it('saveToken rejects for another client than that of the code', async () => {
    const { model, store, saveCode, newToken } = await start()
    const other = await oauthserver.createClient(store, { grantTypes: ['client_credentials'] })
    const { authorizationCode } = await saveCode()
    const code = (await model.getAuthorizationCode(authorizationCode))!
    await model.revokeAuthorizationCode(code)
    const token = newToken({ authorizationCode, scope: undefined })
    await expect(model.saveToken(token, other.client, code.user)).rejects.toThrow('another client')
  })

  it('saveToken issues no wider scope than the granted one', async () => {
    const { model, client, saveCode, newToken } = await start()
    const { authorizationCode } = await saveCode({ scope: ['read'] })
    const code = (await model.getAuthorizationCode(authorizationCode))!
    await model.revokeAuthorizationCode(code)
    const token = newToken({ authorizationCode, scope: ['read', 'write'] })
    await expect(model.saveToken(token, client, code.user)).rejects.toThrow('wider')
    await expect(
      model.saveToken(newToken({ scope: ['admin'] }), client, { id: 'a' }),
    ).rejects.toThrow('may not have')
  })

  it('a narrower refresh leaves the scope of the grant as it was (RFC 6749 6)', async () => {
    const { model, client, saveToken, newToken } = await start()
    const saved = await saveToken({ scope: ['read', 'write'] })
    const refresh = (await model.getRefreshToken(saved.refreshToken!))!
    await model.revokeToken(refresh)
    const next = await model.saveToken(newToken({ scope: ['read'] }), client, refresh.user)
    expect(await model.getAccessToken(next.accessToken)).toMatchObject({ scope: ['read'] })
    expect(await model.getRefreshToken(next.refreshToken!)).toMatchObject({
      scope: ['read', 'write'],
    })
  })

  it('scopes that the client has lost since then are not granted again', async () => {
    const { model, store, client, saveToken, saveCode } = await start()
    const saved = await saveToken({ scope: ['read', 'write'] })
    const { authorizationCode } = await saveCode()
    await oauthserver.updateClient(store, client.id, { scopes: ['write', 'new'] })
    expect(await model.getRefreshToken(saved.refreshToken!)).toMatchObject({ scope: ['write'] })
    expect(await model.getAuthorizationCode(authorizationCode)).toMatchObject({ scope: ['write'] })
    await oauthserver.updateClient(store, client.id, { scopes: ['new'] })
    expect(await model.getRefreshToken(saved.refreshToken!)).toBeNull()
    expect(await model.getAuthorizationCode(authorizationCode)).toBeNull()
  })

  it('saveToken rejects if the grant, client or user was deleted since the look-up', async () => {
    const { model, store, client, secret, saveToken, newToken } = await start()
    const details = { username: 'ada', password: 'a password' }
    const kept = await oauthserver.createUser(store, details, { passwords })
    const refreshed = async () => {
      const { refreshToken } = await saveToken()
      const refresh = (await model.getRefreshToken(refreshToken!))!
      await model.revokeToken(refresh)
      return refresh
    }
    const refresh = await refreshed()
    await oauthserver.revokeGrants(store, { clientId: client.id })
    await expect(model.saveToken(newToken(), client, refresh.user)).rejects.toThrow('revoked')
    await oauthserver.deleteUser(store, 'ada')
    await expect(model.saveToken(newToken(), client, kept)).rejects.toThrow('deleted')
    const found = (await model.getClient(client.id, secret))!
    await oauthserver.deleteClient(store, client.id)
    await expect(model.saveToken(newToken(), found, { id: 'a' })).rejects.toThrow('deleted')
  })

  it('saveToken rejects if the registration of the client has changed since getClient', async () => {
    const { model, store, client, secret, newToken } = await start()
    const found = (await model.getClient(client.id, secret))!
    await oauthserver.updateClient(store, client.id, { name: 'Other' })
    await model.saveToken(newToken(), found, { id: 'a' })
    await oauthserver.updateClient(store, client.id, { grantTypes: ['client_credentials'] })
    await expect(model.saveToken(newToken(), found, { id: 'a' })).rejects.toThrow('try again')
  })

  it('revokeToken revokes an access token alone, and both tokens that it gets', async () => {
    const { model, saveToken } = await start()
    const [one, other] = [await saveToken(), await saveToken()]
    const found = (await model.getAccessToken(one.accessToken))!
    expect(await model.revokeToken(found)).toBe(true)
    expect(await model.revokeToken(found)).toBe(false)
    expect(await model.getAccessToken(one.accessToken)).toBeNull()
    expect(await model.getRefreshToken(one.refreshToken!)).not.toBeNull()
    expect(await model.revokeToken(other)).toBe(true)
    expect(await model.getAccessToken(other.accessToken)).toBeNull()
    expect(await model.getRefreshToken(other.refreshToken!)).toBeNull()
  })

  it('the users of the application are found, and a deleted one ends the grant', async () => {
    class Account {
      constructor(readonly id: number) {}
      get label() {
        return `account ${this.id}`
      }
    }
    const shared = Object.freeze(new Account(7))
    let accounts: Account[] = [shared]
    const { model, client, newToken, store } = await start({
      users: {
        authenticate: async (name) => (name === 'ada' ? shared : null),
        find: async (id) => accounts.find((one) => String(one.id) === id) ?? null,
      },
    })
    expect(await model.getUser('ada', 'any')).toBe(shared)
    const saves = [newToken(), newToken()]
    for (const token of saves) await model.saveToken(token, client, shared)
    const { accessToken, refreshToken } = saves[0]!
    expect(await model.getAccessToken(accessToken)).toMatchObject({ user: { label: 'account 7' } })
    // Two requests for the same user object do not get into each other's grant.
    const refreshes = await Promise.all(saves.map((one) => model.getRefreshToken(one.refreshToken)))
    expect(refreshes[0]!.user).toBeInstanceOf(Account)
    for (const refresh of refreshes) await model.revokeToken(refresh!)
    const next = [newToken(), newToken()]
    await Promise.all(next.map((token, at) => model.saveToken(token, client, refreshes[at]!.user)))
    expect(await model.getRefreshToken(refreshToken)).toBeNull()
    expect(await model.getAccessToken(next[0]!.accessToken)).toBeNull()
    expect(await model.getAccessToken(next[1]!.accessToken)).not.toBeNull()
    accounts = []
    expect(await model.getAccessToken(next[1]!.accessToken)).toBeNull()
    expect(await model.getRefreshToken(next[1]!.refreshToken)).toBeNull()
    expect(await grantsOf(store, { clientId: client.id })).toEqual([])
  })

  it.each([
    ['text', '7', '7'],
    ['a number', 7, '7'],
    ['an ObjectId', { toHexString: () => '0123456789abcdef01234567' }, '0123456789abcdef01234567'],
  ])('accepts a user whose id is %s', async (_what, id, kept) => {
    const { model, client, newToken } = await start()
    for (const user of [{ id }, { _id: id }]) {
      const token = newToken()
      await model.saveToken(token, client, user)
      expect(await model.getAccessToken(token.accessToken)).toMatchObject({ user: { id: kept } })
    }
  })

  it('a grant ends with its lifetime, which a refresh does not extend', async () => {
    let time = now
    const { model, client, newToken } = await start({ grantLifetime: 100, now: () => time })
    const far = new Date(now + 10_000_000)
    const dates = { accessTokenExpiresAt: far, refreshTokenExpiresAt: far }
    const first = await model.saveToken(newToken(dates), client, { id: 'a' })
    const end = new Date(now + 100_000)
    expect(first).toMatchObject({ accessTokenExpiresAt: end, refreshTokenExpiresAt: end })
    time += 50_000
    const refresh = (await model.getRefreshToken(first.refreshToken!))!
    await model.revokeToken(refresh)
    const second = await model.saveToken(newToken(dates), client, refresh.user)
    expect(second).toMatchObject({ accessTokenExpiresAt: end, refreshTokenExpiresAt: end })
    time += 50_000
    const late = (await model.getRefreshToken(second.refreshToken!))!
    await model.revokeToken(late)
    await expect(model.saveToken(newToken(dates), client, late.user)).rejects.toThrow('has ended')
  })

  it('limits the rotations of a grant per hour', async () => {
    let time = now
    const { model, client } = await start({ rotationsPerHour: 2, now: () => time })
    let token = await model.saveToken(newToken(), client, { id: 'a' })
    const refresh = async () => {
      const found = (await model.getRefreshToken(token.refreshToken!))!
      await model.revokeToken(found)
      token = await model.saveToken(newToken(), client, found.user)
    }
    await refresh()
    await refresh()
    await expect(refresh()).rejects.toThrow('too often')
    time += 3_600_000
    await refresh()
  })

  it('a token that never expires has a Date in the far future', async () => {
    const { model, store, client, saveToken } = await start()
    await oauthserver.updateClient(store, client.id, { accessTokenLifetime: null })
    const { accessToken, accessTokenExpiresAt } = await saveToken()
    expect(accessTokenExpiresAt).toBeUndefined()
    const found = await model.getAccessToken(accessToken)
    expect(found!.accessTokenExpiresAt!.toISOString()).toBe('9999-12-31T23:59:59.999Z')
  })

  it('validateRedirectUri compares exactly, except for the port of a loopback URI', async () => {
    const { model, store, client } = await start()
    const local = await start({ anyLocalhostPort: true })
    const details = {
      type: 'public' as const,
      redirectUris: ['http://127.0.0.1/cb', 'http://localhost/cb'],
    }
    const { client: native } = await oauthserver.createClient(store, details)
    const { client: other } = await oauthserver.createClient(local.store, details)
    expect(await model.validateRedirectUri(redirectUri, client)).toBe(true)
    expect(await model.validateRedirectUri(`${redirectUri}/`, client)).toBe(false)
    expect(await model.validateRedirectUri('http://127.0.0.1:7/cb', native)).toBe(true)
    expect(await model.validateRedirectUri('http://localhost:7/cb', native)).toBe(false)
    expect(await local.model.validateRedirectUri('http://localhost:7/cb', other)).toBe(true)
  })

  it('saveAuthorizationCode keeps the challenge, which getAuthorizationCode returns', async () => {
    const { model, saveCode } = await start()
    const pkce = { codeChallenge: challenge, codeChallengeMethod: 'S256' }
    const { authorizationCode } = await saveCode(pkce)
    expect(await model.getAuthorizationCode(authorizationCode)).toMatchObject(pkce)
  })

  it('the functions among the options replace those of the model', async () => {
    const { model, client } = await start({
      getUserFromClient: () => ({ id: 'robot' }),
      generateAccessToken: async () => 'my-access-token',
      generateRefreshToken: () => null,
      validateScope: (_user, _client, scope) => (scope ? ['mine', ...scope] : false),
      verifyScope: (token, scope) => Boolean(token.scope?.includes(scope[0]!)),
    })
    expect(await model.getUserFromClient(client)).toEqual({ id: 'robot' })
    expect(await model.generateAccessToken!(client, {}, [])).toBe('my-access-token')
    expect(await model.generateRefreshToken!(client, {}, [])).toMatch(/^[0-9a-f]{40}$/)
    expect(model).not.toHaveProperty('generateAuthorizationCode')
    expect(await model.validateScope({}, client, ['a'])).toEqual(['mine', 'a'])
    expect(await model.validateScope({}, client)).toBe(false)
    expect(await model.verifyScope({ scope: ['a'] }, ['a'])).toBe(true)
    expect(await model.verifyScope({ scope: [] }, ['a'])).toBe(false)
  })

  it.each([
    ['generateAccessToken', [{}, {}, []], { generateAccessToken: () => 'a b' }],
    ['generateAccessToken', [{}, {}, []], { generateAccessToken: () => undefined }],
    ['validateScope', [{}, {}, []], { validateScope: () => true }],
    ['getUser', ['ada', 'any'], { users: { authenticate: () => ({ name: 'no id' }) } }],
  ])('%s(%j) rejects if a function returns a wrong value', async (name, args, options) => {
    const { call } = await start(options as never)
    const error = (await call(name, ...args).catch((thrown: unknown) => thrown)) as Error
    // The message may contain the value, and these servers send it to the client.
    expect(error.message).not.toMatch(/must return|no id|a b/)
    expect(inspect(error.cause)).toMatch(/must return/)
  })

  it('an error of the store or the application is only the cause', async () => {
    const failure = new TypeError('password of the database')
    const fail = () => Promise.reject(failure)
    const { model, call, store, client } = await start({
      users: { authenticate: fail, find: fail },
      getUserFromClient: fail,
      generateAccessToken: fail,
      validateScope: fail,
      verifyScope: fail,
    })
    const hidden = { message: expect.not.stringContaining('database host') }
    for (const [name, ...args] of [
      ['getUser', 'ada', 'any'],
      ['getUserFromClient', client],
      ['generateAccessToken', client, {}, []],
      ['validateScope', {}, client, []],
      ['verifyScope', { scope: [] }, []],
    ] as const) {
      const error = await call(name, ...args).catch((one: unknown) => one as Error)
      expect(error).toMatchObject({ name: 'server_error', code: 503 })
      expect((error as Error).message).not.toContain('password of')
      expect((error as Error).cause).toBe(failure)
    }
    for (const code of [undefined, 'ECONNREFUSED', 'OAUTH2_KIT_STORE']) {
      store.find = () => Promise.reject(Object.assign(new Error('database host'), { code }))
      await expect(model.getAccessToken('any')).rejects.toMatchObject({
        ...hidden,
        cause: { message: 'database host' },
      })
    }
  })

  it('a scope in the form of another version is an error that names the option', async () => {
    const { model, client, call } = await start()
    await expect(call('validateScope', {}, client, 'read')).rejects.toThrow(
      /"scopeFormat".*'string'/,
    )
    await expect(call('verifyScope', { scope: ['read'] }, 'read')).rejects.toThrow('scopeFormat')
    const text = toPromiseModel(memoryStore(), { scopeFormat: 'string' })
    await expect(text.validateScope({}, client, ['read'] as never)).rejects.toThrow(
      /"scopeFormat".*'array'/,
    )
    expect(await model.validateScope({}, client, ['read'])).toEqual(['read'])
  })

  it.each([
    [{ scopeFormat: 'text' }, /"scopeFormat" must be 'array'/],
    [{ scopeFromat: 'array' }, /Did you mean "scopeFormat"/],
    [{ users: {} }, /"users" must be/],
    [{ storeTimeout: 0 }, /"storeTimeout" must be/],
    [{ generateAccessToken: 'a' }, /"generateAccessToken" must be a function/],
  ])('toPromiseModel throws an OptionError for %j', (options, message) => {
    expect(() => toPromiseModel(memoryStore(), options as never)).toThrow(message)
  })

  it.each([[undefined], [null], [{}], [Promise.resolve(memoryStore())], [memoryStore]])(
    'toPromiseModel throws an OptionError for %p as the store',
    (store) => {
      expect(() => toPromiseModel(store as never)).toThrow('The first argument of toPromiseModel()')
    },
  )
})

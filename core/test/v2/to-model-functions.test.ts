import { randomUUID } from 'node:crypto'
import path from 'node:path'
import oauthserver, { type StoreModel } from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'
import oauth2server from 'oauth2-server'
import { core, memoryPackage, runNode } from '../support/child'
import { putUser } from '../support/records'

type AnyFunction = (...args: unknown[]) => Promise<unknown>
type Call = (name: keyof StoreModel, ...args: unknown[]) => Promise<unknown>

const inAnHour = () => new Date(Date.now() + 3_600_000)

async function start() {
  const store = memoryStore()
  const { client, secret } = await oauthserver.createClient(store, {
    name: 'Album',
    redirectUris: ['https://album.example/a', 'https://album.example/b'],
  })
  const model = oauthserver.toModel(store)
  return { store, client, secret: secret!, model, user: { id: randomUUID() } }
}

/** Both ways to call a function of the model. */
const ways: [string, (model: StoreModel) => Call][] = [
  ['callback', byCallback],
  ['promise', byPromise],
]

function byCallback(model: StoreModel): Call {
  return (name, ...args) =>
    new Promise((resolve, reject) => {
      const fn = model[name] as AnyFunction
      const returned: unknown = fn.call(model, ...args, (error: unknown, result: unknown) =>
        error ? reject(error) : resolve(result),
      )
      if (returned !== undefined) reject(new Error('It returns a value as well'))
    })
}

function byPromise(model: StoreModel): Call {
  return (name, ...args) => (model[name] as AnyFunction).call(model, ...args)
}

describe.each(ways)('the model of toModel(store), by %s', (_way, callOf) => {
  async function begin() {
    const started = await start()
    return { ...started, call: callOf(started.model) }
  }

  it('getClient returns the client without its secret, by id or by id and secret', async () => {
    const { call, client, secret } = await begin()
    const expected = {
      clientId: client.id,
      name: 'Album',
      redirectUri: ['https://album.example/a', 'https://album.example/b'],
    }
    for (const presented of [null, secret]) {
      const found = await call('getClient', client.id, presented)
      expect(found).toMatchObject(expected)
      expect(found).not.toHaveProperty('secretHash')
    }
  })

  it.each([
    ['a wrong secret', (id: string) => [id, 'wrong']],
    ['an empty secret', (id: string) => [id, '']],
    ['a secret that is undefined', (id: string) => [id, undefined]],
    ['a secret that is an object', (id: string) => [id, { $ne: null }]],
    ['an unknown id', () => ['nobody', null]],
    ['an id that is an object', () => [{ $ne: null }, null]],
    ['an empty id', () => ['', null]],
  ])('getClient returns null for %s', async (_what, args) => {
    const { call, client } = await begin()
    expect(await call('getClient', ...args(client.id))).toBeNull()
  })

  it('getClient returns null for a secret if the client is public', async () => {
    const { call, store } = await begin()
    const redirectUris = ['https://spa.example']
    const { client } = await oauthserver.createClient(store, { type: 'public', redirectUris })
    expect(await call('getClient', client.id, 'any')).toBeNull()
    expect(await call('getClient', client.id, null)).toMatchObject({ clientId: client.id })
  })

  it('grantTypeAllowed checks the grant types of the client', async () => {
    const { call, client } = await begin()
    expect(await call('grantTypeAllowed', client.id, 'authorization_code')).toBe(true)
    expect(await call('grantTypeAllowed', client.id, 'password')).toBe(false)
    expect(await call('grantTypeAllowed', 'nobody', 'authorization_code')).toBe(false)
  })

  it('saveAccessToken saves the token that getAccessToken returns', async () => {
    const { call, client, user } = await begin()
    const expires = inAnHour()
    await call('saveAccessToken', 'a-token', client.id, expires, user)
    expect(await call('getAccessToken', 'a-token')).toEqual({
      clientId: client.id,
      userId: user.id,
      expires,
      scope: '',
    })
    await call('saveAccessToken', 'endless', client.id, null, user)
    expect(await call('getAccessToken', 'endless')).toMatchObject({ expires: null })
  })

  it.each([
    ['7', 7],
    ['7', '7'],
    ['0123456789abcdef01234567', { toHexString: () => '0123456789abcdef01234567' }],
  ])('saveAccessToken accepts a user or a user id, and saves %j for %p', async (kept, id) => {
    const { call, client } = await begin()
    await call('saveAccessToken', 'of-user', client.id, null, { id })
    await call('saveAccessToken', 'of-id', client.id, null, id)
    expect(await call('getAccessToken', 'of-user')).toMatchObject({ userId: kept })
    expect(await call('getAccessToken', 'of-id')).toMatchObject({ userId: kept })
  })

  it.each(['unknown', '', undefined, null, 7, ['a-token'], { $ne: null }])(
    'getAccessToken, getAuthCode and getRefreshToken return null for %j',
    async (token) => {
      const { call, client, user } = await begin()
      await call('saveAccessToken', 'a-token', client.id, null, user)
      for (const name of ['getAccessToken', 'getAuthCode', 'getRefreshToken'] as const) {
        expect(await call(name, token)).toBeNull()
      }
    },
  )

  it('saveAuthCode saves the code that getAuthCode returns, once', async () => {
    const { call, client, user } = await begin()
    const expires = inAnHour()
    await call('saveAuthCode', 'a-code', client.id, expires, user)
    const found = await call('getAuthCode', 'a-code')
    expect(found).toMatchObject({ clientId: client.id, userId: user.id, expires, user })
    expect(await call('getAuthCode', 'a-code')).toBeNull()
  })

  it('saveRefreshToken saves the token that getRefreshToken returns, once', async () => {
    const { call, client, user } = await begin()
    await call('saveRefreshToken', 'a-token', client.id, null, user)
    const found = await call('getRefreshToken', 'a-token')
    expect(found).toMatchObject({ clientId: client.id, userId: user.id, expires: null, user })
    expect(await call('getRefreshToken', 'a-token')).toBeNull()
  })

  it('a second getAuthCode revokes the tokens that were saved for the first one', async () => {
    const { call, client, user } = await begin()
    await call('saveAuthCode', 'a-code', client.id, inAnHour(), user)
    const found = (await call('getAuthCode', 'a-code')) as { user: object }
    await call('saveAccessToken', 'an-access-token', client.id, null, found.user)
    await call('saveAccessToken', 'of-another-grant', client.id, null, { ...user })
    expect(await call('getAccessToken', 'an-access-token')).not.toBeNull()
    await call('getAuthCode', 'a-code')
    expect(await call('getAccessToken', 'an-access-token')).toBeNull()
    expect(await call('getAccessToken', 'of-another-grant')).not.toBeNull()
    const late = call('saveRefreshToken', 'late', client.id, null, found.user)
    await expect(late).rejects.toThrow('revoked')
  })

  it('a code is not accepted as a token, nor a refresh token as a code', async () => {
    const { call, client, user } = await begin()
    await call('saveAuthCode', 'a-code', client.id, inAnHour(), user)
    await call('saveRefreshToken', 'a-refresh-token', client.id, null, user)
    expect(await call('getAccessToken', 'a-code')).toBeNull()
    expect(await call('getRefreshToken', 'a-code')).toBeNull()
    expect(await call('getAccessToken', 'a-refresh-token')).toBeNull()
    expect(await call('getAuthCode', 'a-refresh-token')).toBeNull()
    expect(await call('getAuthCode', 'a-code')).not.toBeNull()
  })

  it('revokeRefreshToken consumes a refresh token, and ignores an unknown one', async () => {
    const { call, client, user } = await begin()
    await call('saveRefreshToken', 'a-token', client.id, null, user)
    await call('revokeRefreshToken', 'a-token')
    await call('revokeRefreshToken', 'unknown')
    expect(await call('getRefreshToken', 'a-token')).toBeNull()
  })

  it('getUser returns the user of the store with that name and password', async () => {
    const { call, store } = await begin()
    const passwordHash = await oauthserver.hashPassword('engine')
    await putUser(store, { id: 'ada-1', username: 'ada', passwordHash })
    expect(await call('getUser', 'ada', 'engine')).toMatchObject({ id: 'ada-1' })
    expect(await call('getUser', 'ada', 'wrong')).toBeNull()
    expect(await call('getUser', 'nobody', 'engine')).toBeNull()
    expect(await call('getUser', 'ada', { $ne: null })).toBeNull()
  })

  it('getUserFromClient returns the user of the client if the secret is right', async () => {
    const { call, store, client, secret } = await begin()
    const robot = await oauthserver.createClient(store, {
      grantTypes: ['client_credentials'],
      userId: 'robot-7',
    })
    expect(await call('getUserFromClient', robot.client.id, robot.secret)).toEqual({
      id: 'robot-7',
    })
    expect(await call('getUserFromClient', client.id, secret)).toEqual({ id: null })
    expect(await call('getUserFromClient', client.id, 'wrong')).toBeNull()
    expect(await call('getUserFromClient', client.id, null)).toBeNull()
  })

  it('getUser and getUserFromClient are those of the options if they are set', async () => {
    const { store } = await start()
    const model = oauthserver.toModel(store, {
      getUser: (username, password, callback) => callback(null, { id: `${username}/${password}` }),
      getUserFromClient: async (id) => ({ id: `user of ${id}` }),
    })
    const call = callOf(model)
    expect(await call('getUser', 'ada', 'engine')).toEqual({ id: 'ada/engine' })
    expect(await call('getUserFromClient', 'album', 'secret')).toEqual({ id: 'user of album' })
  })

  it('F40: an unknown option is a TypeError that names the nearest one', async () => {
    const { store } = await start()
    expect(() => oauthserver.toModel(store, { getUsr: async () => null } as never)).toThrow(
      new RegExp('Unknown option "getUsr" of toModel\\(\\)\\. Did you mean "getUser"'),
    )
  })

  it.each([
    ['fails', () => Promise.reject(new Error('down')), 'down'],
    ['never responds', () => new Promise<never>(() => {}), 'did not answer within 20 ms'],
  ])('reports an error if the store %s', async (_how, fault, message) => {
    const { store } = await start()
    const call = callOf(oauthserver.toModel(store, { storeTimeout: 20 }))
    Object.assign(store, { getClient: fault, find: fault, issue: fault })
    store.getUserByUsername = fault
    await expect(call('getClient', 'album', null)).rejects.toThrow(message)
    await expect(call('getAccessToken', 'a-token')).rejects.toThrow(message)
    await expect(call('getAuthCode', 'a-code')).rejects.toThrow(message)
    await expect(call('saveAccessToken', 't', 'album', null, { id: 7 })).rejects.toThrow(message)
    await expect(call('getUser', 'ada', 'engine')).rejects.toThrow(message)
  })
})

describe('toModel(store)', () => {
  it('returns the user of an extension grant by promise too', async () => {
    const folder = path.join(__dirname, 'programs')
    const by = { 'oauth2-server': core, memory: memoryPackage }
    const program = path.join(folder, 'promised-extension.js')
    const { stdout, code } = await runNode(program, { in: folder, by })
    expect([code, stdout]).toEqual([0, '{"id":"ada"}'])
  })

  it('has every function that 2.4 requires, and optional ones if they are set', async () => {
    const { store, model } = await start()
    expect(() => oauth2server({ model })).not.toThrow()
    expect(model).not.toHaveProperty('generateToken')
    expect(model).not.toHaveProperty('extendedGrant')
    const more = oauthserver.toModel(store, {
      generateToken: () => null,
      extendedGrant: () => null,
    })
    expect(more).toMatchObject({
      generateToken: expect.any(Function),
      extendedGrant: expect.any(Function),
    })
  })
})

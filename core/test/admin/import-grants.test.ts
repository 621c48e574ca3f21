import { createHash, randomUUID } from 'node:crypto'
import express from 'express'
import request from 'supertest'
import oauthserver, {
  type ImportRow,
  type Options,
  type Store,
  createClient,
  hashPassword,
  importGrants,
} from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'
import { passwords } from '../support/quick-passwords'

const hour = 3_600_000
const inAnHour = () => new Date(Date.now() + hour)
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

const album = {
  kind: 'client',
  id: 'album',
  secret: 'a chosen secret',
  grantTypes: ['refresh_token', 'password'],
  scopes: ['read', 'write'],
} as const satisfies ImportRow

const ada = { kind: 'user', id: '17', username: 'ada', password: 'a long password' } as const

function tokens(differences: object = {}): ImportRow {
  return {
    kind: 'grant',
    clientId: 'album',
    userId: '17',
    scope: 'read write',
    accessToken: 'access-1',
    accessTokenExpiresAt: inAnHour(),
    refreshToken: 'refresh-1',
    refreshTokenExpiresAt: inAnHour(),
    ...differences,
  }
}

/** A server on a store, and what its clients do. */
function serverOn(store: Store, options: Partial<Options> = {}, secret = 'a chosen secret') {
  const oauth = oauthserver({
    store,
    grants: ['refresh_token', 'password'],
    passwords,
    storeTimeout: 60_000,
    ...options,
  } as Options)
  const app = express()
  app.all('/token', oauth.grant())
  app.all('/introspect', oauth.introspect())
  app.get('/me', oauth.authorise(), (req, res) => void res.json({ user: req.user, ...req.oauth }))
  app.use(oauth.errorHandler())
  const post = (path: string, form: object) =>
    request(app).post(path).auth('album', secret).type('form').send(form)
  return {
    refresh: (token: string) =>
      post('/token', { grant_type: 'refresh_token', refresh_token: token }),
    signIn: (username: string, password: string) =>
      post('/token', { grant_type: 'password', username, password }),
    introspect: (token: string) => post('/introspect', { token }),
    me: (token: string) => request(app).get('/me').set('Authorization', `Bearer ${token}`),
  }
}

describe('importGrants()', () => {
  it('imports a client, a user and tokens, which work as those of the server', async () => {
    const store = memoryStore()
    const metadata = { device: 'phone' }
    const report = await importGrants(store, [album, ada, tokens({ metadata })], { passwords })
    const one = { created: 1, alreadyThere: 0, skipped: 0, failed: 0 }
    expect(report).toEqual({
      rows: 3,
      clients: one,
      users: one,
      grants: one,
      failed: 0,
      failures: [],
    })
    const server = serverOn(store)
    expect((await server.me('access-1')).body).toMatchObject({
      user: { id: '17' },
      grant: { metadata },
    })
    expect((await server.introspect('access-1')).body).toMatchObject({
      active: true,
      client_id: 'album',
      sub: '17',
      scope: 'read write',
    })
    const { status, body } = await server.refresh('refresh-1')
    expect([status, body.scope]).toEqual([200, 'read write'])
    expect((await server.me(body.access_token)).body.grant.metadata).toEqual(metadata)
    expect((await server.signIn('ada', 'a long password')).status).toBe(200)
  })

  it('detects the replay of an imported refresh token, which ends the grant', async () => {
    const store = memoryStore()
    await importGrants(store, [album, tokens()], { passwords })
    const server = serverOn(store, { refreshGrace: 0 })
    const { body } = await server.refresh('refresh-1')
    expect((await server.refresh('refresh-1')).body.error).toBe('invalid_grant')
    expect((await server.refresh(body.refresh_token)).body.error).toBe('invalid_grant')
    expect((await server.me('access-1')).status).toBe(401)
  })

  it.each([
    ['lower', sha256],
    ['upper', (text: string) => sha256(text).toUpperCase()],
  ])('takes tokens as SHA-256 in %s case', async (_case, hash) => {
    const store = memoryStore()
    const hashed = { accessTokenSha256: hash('access-1'), refreshTokenSha256: hash('refresh-1') }
    await importGrants(
      store,
      [album, tokens({ accessToken: null, refreshToken: null, ...hashed })],
      { passwords },
    )
    const server = serverOn(store)
    expect((await server.me('access-1')).status).toBe(200)
    expect((await server.refresh('refresh-1')).status).toBe(200)
    for (const value of Object.values(hashed)) expect((await server.me(value)).status).toBe(401)
  })

  it('takes a scope as an array, and the id of a user as a number or an ObjectId', async () => {
    const store = memoryStore()
    const objectId = { toHexString: () => '65f0c0ffee65f0c0ffee65f0' }
    const rows = [
      album,
      tokens({ scope: ['read'], userId: 17 }),
      tokens({
        userId: objectId,
        accessToken: 'access-2',
        refreshToken: null,
        scope: null,
        refreshTokenExpiresAt: null,
      }),
      { ...ada, id: 17 },
    ]
    expect(await importGrants(store, rows, { passwords })).toMatchObject({ failed: 0 })
    const server = serverOn(store)
    expect((await server.me('access-1')).body).toMatchObject({ user: { id: '17' }, scope: 'read' })
    expect((await server.me('access-2')).body.user.id).toBe('65f0c0ffee65f0c0ffee65f0')
    expect(await store.getUser('17')).toMatchObject({ username: 'ada' })
  })

  it('skips expired tokens, and keeps the expiry of the others', async () => {
    const store = memoryStore()
    const past = new Date(Date.now() - 1000).toISOString()
    const later = new Date(Math.floor(Date.now() / 1000) * 1000 + hour)
    const rows = [
      album,
      tokens({ accessTokenExpiresAt: past, refreshTokenExpiresAt: later.toISOString() }),
      tokens({
        accessToken: 'access-2',
        refreshToken: 'refresh-2',
        accessTokenExpiresAt: null,
        refreshTokenExpiresAt: past,
      }),
      tokens({
        accessToken: 'access-3',
        refreshToken: 'refresh-3',
        accessTokenExpiresAt: past,
        refreshTokenExpiresAt: past,
      }),
    ]
    const { grants } = await importGrants(store, rows, { passwords })
    expect(grants).toEqual({ created: 2, alreadyThere: 0, skipped: 1, failed: 0 })
    const expiryOf = async (token: string) => (await store.find(sha256(token)))?.expiresAt
    expect(await expiryOf('access-1')).toBeUndefined()
    expect(await expiryOf('refresh-1')).toBe(later.getTime())
    expect(await expiryOf('access-2')).toBeNull()
    expect(await expiryOf('refresh-2')).toBeUndefined()
    expect(await expiryOf('access-3')).toBeUndefined()
  })

  it('keeps the end of a grant, which its refresh tokens do not outlive', async () => {
    const store = memoryStore()
    const end = inAnHour()
    const row = tokens({ grantExpiresAt: end, refreshTokenExpiresAt: null })
    await importGrants(store, [album, row], { passwords })
    const { body } = await serverOn(store).refresh('refresh-1')
    expect((await store.find(sha256(body.refresh_token)))?.expiresAt).toBe(end.getTime())
  })

  it('imports rows in any order', async () => {
    const store = memoryStore()
    const grants = Array.from({ length: 40 }, (_, n) =>
      tokens({ accessToken: `access-${n}`, refreshToken: `refresh-${n}` }),
    )
    const report = await importGrants(store, [...grants, ada, album], { passwords })
    expect(report).toMatchObject({ rows: 42, failed: 0, grants: { created: 40 } })
    expect((await serverOn(store).me('access-39')).status).toBe(200)
  })

  it('reads a stream no faster than it imports the rows', async () => {
    const store = memoryStore()
    let read = 0
    let done = 0
    let ahead = 0
    const counting = {
      ...store,
      async extend(...args: Parameters<Store['extend']>) {
        const outcome = await store.extend(...args)
        done++
        return outcome
      },
    }
    async function* rows() {
      yield album
      for (; read < 200; read++) {
        ahead = Math.max(ahead, read - done)
        yield tokens({ accessToken: `access-${read}`, refreshToken: `refresh-${read}` })
      }
    }
    await importGrants(counting, rows(), { passwords, concurrency: 4 })
    expect(done).toBe(200)
    expect(ahead).toBeLessThanOrEqual(8)
  })

  it('reports progress after every 1,000 rows and at the end', async () => {
    const seen: number[] = []
    const rows = Array.from({ length: 2500 }, (_, n) => ({ ...album, id: `client-${n}` }))
    await importGrants(memoryStore(), rows, {
      passwords,
      onProgress: (report) => seen.push(report.rows),
    })
    expect(seen).toEqual([1000, 2000, 2500])
  })

  it('stops when the signal is aborted, also while it waits for a row', async () => {
    const store = memoryStore()
    const stopped = new AbortController()
    async function* rows() {
      yield album
      yield tokens()
      setImmediate(() => stopped.abort(new Error('enough')))
      await new Promise(() => {})
    }
    const importing = importGrants(store, rows(), {
      passwords,
      concurrency: 1,
      signal: stopped.signal,
    })
    await expect(importing).rejects.toThrow('enough')
    expect((await serverOn(store).me('access-1')).status).toBe(200)
  })

  it('with `dryRun`, checks the rows and changes nothing', async () => {
    const calls: string[] = []
    const store = new Proxy(memoryStore(), {
      get(target, name) {
        const member: unknown = Reflect.get(target, name)
        if (typeof member !== 'function') return member
        return (...args: unknown[]) => {
          calls.push(String(name))
          return Reflect.apply(member, target, args) as unknown
        }
      },
    })
    const rows = [album, ada, tokens(), tokens({ clientId: 'unknown' })]
    const report = await importGrants(store, rows, { passwords, dryRun: true })
    expect(report).toMatchObject({
      clients: { created: 1 },
      users: { created: 1 },
      grants: { created: 1, failed: 1 },
      failures: [{ row: 4, reason: expect.stringContaining('"unknown" is not registered') }],
    })
    const reads = ['find', 'getClient', 'getRecord', 'getUser', 'getUserByUsername']
    expect([...new Set(calls)].toSorted()).toEqual(reads)
    await importGrants(store, rows, { passwords })
    const again = await importGrants(store, rows, { passwords, dryRun: true })
    expect(again).toMatchObject({
      clients: { alreadyThere: 1 },
      users: { alreadyThere: 1 },
      grants: { alreadyThere: 1, failed: 1 },
    })
  })

  it('does not change a client, a user or a token that exists', async () => {
    const store = memoryStore()
    const { kind: _, ...other } = { ...album, secret: 'another secret' }
    await createClient(
      store,
      { ...other, grantTypes: ['password'], scopes: ['read', 'write'] },
      { passwords },
    )
    await importGrants(store, [ada, tokens()], { passwords })
    const before = await Promise.all([store.getClient('album'), store.getUser('17')])
    const rows = [album, { ...ada, password: 'another password' }, tokens({ scope: 'write' })]
    const { clients, users, grants } = await importGrants(store, rows, { passwords })
    for (const counts of [clients, users, grants]) expect(counts).toMatchObject({ alreadyThere: 1 })
    expect(await Promise.all([store.getClient('album'), store.getUser('17')])).toEqual(before)
    const { body } = await serverOn(store).me('access-1')
    expect(body.scope).toBe('read write')
  })

  it('adds a later access token to the grant of its refresh token', async () => {
    const store = memoryStore()
    const rows = [album, tokens(), tokens({ accessToken: 'access-2' })]
    for (const grants of [{ created: 2 }, { alreadyThere: 2 }])
      expect(await importGrants(store, rows, { passwords })).toMatchObject({ grants })
    const server = serverOn(store)
    expect((await server.me('access-2')).status).toBe(200)
    await store.revoke({ userId: '17' })
    for (const token of ['access-1', 'access-2']) expect((await server.me(token)).status).toBe(401)
    expect(await importGrants(store, rows, { passwords })).toMatchObject({ grants: { skipped: 2 } })
  })

  describe('secrets', () => {
    const generated = randomUUID() + randomUUID()

    it.each<[string, object, string]>([
      ['plain', { secret: 'a chosen secret' }, 'a chosen secret'],
      ['hashed by `passwords`', { secretHash: '<a chosen secret>' }, 'a chosen secret'],
      [
        'with random bits, as SHA-256',
        { secretSha256: sha256(generated).toUpperCase() },
        generated,
      ],
    ])('may be %s', async (_what, secret, sent) => {
      const store = memoryStore()
      const { secret: _, ...client } = album
      await importGrants(store, [{ ...client, ...secret }, tokens()], { passwords })
      expect((await serverOn(store, {}, sent).refresh('refresh-1')).status).toBe(200)
      const wrong = await serverOn(store, {}, `${sent}x`).refresh('refresh-1')
      expect(wrong.body.error).toBe('invalid_client')
    })

    it('and passwords hashed by hashPassword() need no option', async () => {
      const store = memoryStore()
      const [secretHash, passwordHash] = await Promise.all(
        ['a secret', 'a password'].map(hashPassword),
      )
      const { secret: _, ...client } = album
      const { password: __, ...user } = ada
      const rows = [
        { ...client, secretHash },
        { ...user, passwordHash },
      ] as ImportRow[]
      expect(await importGrants(store, rows)).toMatchObject({ failed: 0 })
      const { scryptPasswords } = jest.requireActual('../../src/crypto/password')
      const server = serverOn(store, { passwords: scryptPasswords }, 'a secret')
      expect((await server.signIn('ada', 'a password')).status).toBe(200)
    })
  })
})

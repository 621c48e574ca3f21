import { createHash, randomUUID } from 'node:crypto'
import express from 'express'
import request from 'supertest'
import oauthserver, {
  type ImportRow,
  type Passwords,
  type Store,
  importGrants,
} from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'
import { describeDatabase } from '@oauth2-kit/conformance/databases'
import { prismaStore } from '@oauth2-kit/prisma'
import { typeormStore } from '@oauth2-kit/typeorm'
import { opened } from '../adapters/mongo/test/support/opened'
import * as onPrisma from '../adapters/prisma/test/support/engines'
import { onServers } from '../adapters/redis/test/support/on-servers'
import * as onTypeorm from '../adapters/typeorm/test/support/data-source'
import { allRun, unlessAll } from './support/growth'

// Imports rows to each store, and uses a sample of them through the server.

/** How many rows of each kind are imported. */
interface Size {
  clients: number
  users: number
  grants: number
}

/** 10,000 rows in `npm run test:all`: each row waits for the disk. */
const large: Size = allRun
  ? { clients: 10, users: 1000, grants: 8990 }
  : { clients: 10, users: 100, grants: 890 }
/** Each row is some round trips, and waits for the disk. */
const small: Size = allRun
  ? { clients: 5, users: 50, grants: 245 }
  : { clients: 5, users: 20, grants: 75 }

/** The hashes of the old server, and those of the new one. */
const passwords: Passwords = {
  hash: async (text) => `new:${text}`,
  verify: async (text, hash) => hash === `new:${text}` || hash === `old:${text}`,
  isOutdated: (hash) => hash.startsWith('old:'),
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

/** Yields rows whose tokens and ids contain `id`. */
function* manyRows(id: string, { clients, users, grants }: Size): Generator<ImportRow> {
  const expiry = new Date(Date.now() + 24 * 3_600_000)
  for (let n = 0; n < clients; n++)
    yield {
      kind: 'client',
      id: `client-${n}-${id}`,
      secretHash: `old:the secret ${n}`,
      grantTypes: ['refresh_token', 'password'],
      scopes: ['read', 'write'],
    }
  for (let n = 0; n < users; n++)
    yield {
      kind: 'user',
      id: `user-${n}-${id}`,
      username: `name-${n}-${id}`,
      passwordHash: `old:the password ${n}`,
      metadata: { locale: 'en' },
    }
  for (let n = 0; n < grants; n++)
    yield {
      kind: 'grant',
      clientId: `client-${n % clients}-${id}`,
      userId: `user-${n % users}-${id}`,
      scope: n % 2 === 0 ? 'read write' : ['read'],
      accessTokenSha256: sha256(`access-${n}-${id}`),
      accessTokenExpiresAt: expiry,
      refreshToken: `refresh-${n}-${id}`,
      refreshTokenExpiresAt: n % 3 === 0 ? null : expiry,
      metadata: { n },
    }
}

function server(store: Store) {
  const oauth = oauthserver({
    store,
    grants: ['refresh_token', 'password'],
    passwords,
    storeTimeout: 60_000,
    refreshGrace: 0,
  })
  const app = express()
  app.all('/token', oauth.grant())
  app.all('/introspect', oauth.introspect())
  app.get('/me', oauth.authorise(), (req, res) => void res.json({ user: req.user, ...req.oauth }))
  app.use(oauth.errorHandler())
  return app
}

function testImport(storeOf: () => Store, size: Size): void {
  const id = randomUUID()
  const { clients, users, grants } = size

  it(`${clients + users + grants} rows: creates each once, also when they are imported again`, async () => {
    const store = storeOf()
    const first = await importGrants(store, manyRows(id, size), { passwords })
    expect(first).toEqual({
      rows: clients + users + grants,
      clients: { created: clients, alreadyThere: 0, skipped: 0, failed: 0 },
      users: { created: users, alreadyThere: 0, skipped: 0, failed: 0 },
      grants: { created: grants, alreadyThere: 0, skipped: 0, failed: 0 },
      failed: 0,
      failures: [],
    })
    expect(await importGrants(store, manyRows(id, size), { passwords })).toMatchObject({
      clients: { created: 0, alreadyThere: clients },
      users: { created: 0, alreadyThere: users },
      grants: { created: 0, alreadyThere: grants },
    })
  })

  it('tokens of the rows are accepted, introspected and refreshed, and a replay ends the grant', async () => {
    const store = storeOf()
    const app = server(store)
    for (let n = 0; n < grants; n += Math.ceil(grants / 10)) {
      const client = `client-${n % clients}-${id}`
      const scope = n % 2 === 0 ? 'read write' : 'read'
      const post = (path: string, form: object) =>
        request(app)
          .post(path)
          .auth(client, `the secret ${n % clients}`)
          .type('form')
          .send(form)
      const me = (token: string) => request(app).get('/me').set('Authorization', `Bearer ${token}`)
      const about = { user: { id: `user-${n % users}-${id}` }, scope, grant: { metadata: { n } } }
      expect((await me(`access-${n}-${id}`)).body).toMatchObject(about)
      expect((await post('/introspect', { token: `access-${n}-${id}` })).body).toMatchObject({
        active: true,
        client_id: client,
        scope,
      })
      const form = { grant_type: 'refresh_token', refresh_token: `refresh-${n}-${id}` }
      const { body } = await post('/token', form)
      expect((await me(body.access_token)).body).toMatchObject(about)
      expect((await post('/token', form)).body.error).toBe('invalid_grant')
      for (const token of [body.access_token, `access-${n}-${id}`])
        expect((await me(token)).status).toBe(401)
      expect((await store.getClient(client))?.secretHash).toBe(`new:the secret ${n % clients}`)
    }
  })

  it('users of the rows sign in, which renews the hashes of their passwords', async () => {
    const store = storeOf()
    const app = server(store)
    for (let n = 1; n < users; n += Math.ceil(users / 3)) {
      const signIn = () =>
        request(app)
          .post('/token')
          .auth(`client-1-${id}`, 'the secret 1')
          .type('form')
          .send({
            grant_type: 'password',
            username: `name-${n}-${id}`,
            password: `the password ${n}`,
          })
      expect((await signIn()).status).toBe(200)
      expect(await store.getUser!(`user-${n}-${id}`)).toMatchObject({
        passwordHash: `new:the password ${n}`,
        metadata: { locale: 'en' },
      })
      expect((await signIn()).status).toBe(200)
    }
  })

  it('what was ended since then does not come back, and two imports at once create each row once', async () => {
    const store = storeOf()
    const some = Math.min(300, grants)
    const before = await Promise.all(
      Array.from({ length: some }, (_, n) => store.find(sha256(`access-${n}-${id}`))),
    )
    await store.revoke({ userId: `user-1-${id}` })
    await store.revokeAccessToken(sha256(`access-2-${id}`))
    const again = [...manyRows(id, size)].slice(0, clients + users + some)
    const other = randomUUID()
    const fresh = [...manyRows(other, size)].filter(
      (row, n) => row.kind !== 'user' && n < clients + users + some,
    )
    const reports = await Promise.all(
      [1, 2].map(() => importGrants(store, [...again, ...fresh], { passwords })),
    )
    expect(reports.map(({ failed }) => failed)).toEqual([0, 0])
    expect(reports.reduce((sum, { grants: { created } }) => sum + created, 0)).toBe(some)
    expect(reports.reduce((sum, { clients: { created } }) => sum + created, 0)).toBe(clients)
    const after = await Promise.all(
      Array.from({ length: some }, (_, n) => store.find(sha256(`access-${n}-${id}`))),
    )
    expect(after).toEqual(before.map((one, n) => (n % users === 1 || n === 2 ? null : one)))
    for (let n = 0; n < some; n += 50)
      expect(await store.find(sha256(`refresh-${n}-${other}`))).not.toBeNull()
  })
}

describe('memoryStore', () => {
  const store = memoryStore()
  testImport(() => store, large)
})

describe('typeormStore', () => {
  onTypeorm.describeEngines(
    (place) => {
      let dataSource: onTypeorm.Disposable
      beforeAll(async () => {
        dataSource = await onTypeorm.migrated(place.url)
      })
      afterAll(() => dataSource?.[Symbol.asyncDispose]())
      testImport(() => typeormStore(dataSource), small)
    },
    unlessAll(['mariadb']),
  )
})

describe('prismaStore', () => {
  onPrisma.describeEngines(
    (place) => {
      let client: onPrisma.AnyClient
      beforeAll(() => {
        client = onPrisma.clientFor(place.url)
      })
      afterAll(() => client?.$disconnect())
      testImport(() => prismaStore(client), small)
    },
    unlessAll(['postgres']),
  )
})

describe('mongoStore', () => {
  describeDatabase('mongodb', (database) => {
    let place: Awaited<ReturnType<typeof opened>>
    beforeAll(async () => {
      place = await opened(database)
    })
    afterAll(() => place?.[Symbol.asyncDispose]())
    testImport(() => place.store, small)
  })
})

describe('redisStore', () => {
  onServers((place) => {
    let store: Store
    beforeAll(() => {
      store = place.store()
    })
    testImport(() => store, small)
  })
})

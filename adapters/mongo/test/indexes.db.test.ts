import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { describeDatabase, startDatabase } from '@oauth2-kit/conformance/databases'
import { mongoStore } from '@oauth2-kit/mongo'
import { type Db, MongoClient } from 'mongodb'
import { createConnection } from 'mongoose'
import { aGrant, aRecord, aUser, issued } from '@oauth2-kit/testing'
import { opened, startTimeout } from './support/opened'

const grants = 'oauth_grants'

describeDatabase('mongodb', (database) => {
  beforeAll(() => database.url(), startTimeout)

  describe('createIndexes()', () => {
    it('is required: creating or using a store creates no index', async () => {
      const isolated = await database.isolated()
      const connection = createConnection(isolated.url, { autoIndex: true, autoCreate: true })
      const store = mongoStore(connection)
      await connection.asPromise()
      await Promise.all(Object.values(connection.models).map((model) => model.init()))
      expect(await connection.db!.listCollections().toArray()).toEqual([])
      await issued(store)
      expect(await connection.db!.collection(grants).indexes()).toHaveLength(1)
      await connection.close()
      await isolated.drop()
    })

    it('creates each index of the schema, with the retention in the TTL indexes', async () => {
      await using place = await opened(database, { retentionSeconds: 60 })
      const indexes = await indexesOf(place)
      expect(indexes).toEqual({
        // Created too, so that writes at the same time need not.
        oauth_clients: [{ key: { _id: 1 } }],
        oauth_grants: [
          { key: { _id: 1 } },
          { key: { 'credentials.hash': 1 }, unique: true },
          { key: { userId: 1, clientId: 1, _id: 1 } },
          { key: { clientId: 1, _id: 1 } },
          { key: { nextExpiry: 1 } },
          { key: { expiresAt: 1 }, expireAfterSeconds: 60 },
          { key: { grantId: 1 }, sparse: true },
          { key: { removeAt: 1 }, expireAfterSeconds: 0, sparse: true },
        ],
        oauth_records: [{ key: { _id: 1 } }, { key: { expiresAt: 1 }, expireAfterSeconds: 0 }],
        oauth_users: [
          { key: { _id: 1 } },
          { key: { username: 1 }, unique: true, sparse: true },
          { key: { deletedUntil: 1 }, expireAfterSeconds: 0, sparse: true },
        ],
      })
    })

    it('can be called again and concurrently', async () => {
      await using place = await opened(database)
      const before = await indexesOf(place)
      await Promise.all(Array.from({ length: 8 }, () => mongoStore(place.db).createIndexes()))
      expect(await indexesOf(place)).toEqual(before)
      for (const name of ['oauth_grants', 'oauth_users', 'oauth_records']) {
        await place.db.collection(name).dropIndexes()
      }
      await Promise.all(Array.from({ length: 4 }, () => mongoStore(place.db).createIndexes()))
      expect(await place.store.check()).toEqual([])
    })

    it('leaves the indexes of the application alone', async () => {
      await using place = await opened(database)
      await place.db.collection(grants).createIndex({ createdAt: 1 }, { name: 'mine' })
      await place.store.createIndexes()
      const names = (await place.db.collection(grants).indexes()).map(({ name }) => name)
      expect(names).toContain('mine')
    })

    it('updates the TTL if the retention has changed', async () => {
      await using place = await opened(database)
      const longer = mongoStore(place.db, { retentionSeconds: 7200 })
      expect(await longer.check()).toHaveLength(1)
      await longer.createIndexes()
      expect(await longer.check()).toEqual([])
      expect(await place.store.check()).toHaveLength(1)
    })

    it('rejects if an index of the store has other options, and check() reports it', async () => {
      await using place = await opened(database)
      await place.db.collection(grants).dropIndex('credentials.hash_1')
      await place.db.collection(grants).createIndex({ 'credentials.hash': 1 })
      await expect(place.store.createIndexes()).rejects.toThrow('credentials.hash')
      expect(await place.store.check()).toEqual([
        {
          problem: 'The index on oauth_grants (credentials.hash) is not unique',
          fix: expect.stringContaining('drop the index "credentials.hash_1" and call'),
        },
      ])
    })

    it('uses the collection names of the options', async () => {
      await using place = await opened(database)
      await place.db.dropDatabase()
      const collections = { grants: 'g', clients: 'c', users: 'u', records: 'r' }
      const store = mongoStore(place.db, { collections })
      await store.createIndexes()
      await issued(store)
      expect(Object.keys(await indexesOf(place)).toSorted()).toEqual(['c', 'g', 'r', 'u'])
      expect(await store.check()).toEqual([])
    })
  })

  describe('the TTL indexes', () => {
    it('use the last expiry of a grant, or none if a credential never expires', async () => {
      await using place = await opened(database)
      const { store, db } = place
      const at = Date.now()
      const [grant, never] = [aGrant(), aGrant()]
      await issued(store, grant, { expiresAt: at + 5 })
      await issued(store, never, { expiresAt: at + 5 })
      const access = { createdAt: at, data: '{}', kind: 'access' } as const
      const added = { ...access, hash: `a${grant.id}`, expiresAt: at + 90_000 }
      await store.extend(grant, [added, { ...added, hash: `b${grant.id}`, expiresAt: at + 7 }])
      await store.extend(never, [{ ...access, hash: `a${never.id}`, expiresAt: null }])
      const ends = await db.collection(grants).find().sort({ expiresAt: 1 }).toArray()
      expect(ends.map(({ expiresAt, nextExpiry }) => [expiresAt, nextExpiry])).toEqual([
        [null, at + 5],
        [new Date(at + 90_000), at + 5],
      ])
    })

    it('use the last valid date for times beyond it', async () => {
      await using place = await opened(database)
      const { store, db } = place
      const { grant, credential } = await issued(store, {}, { expiresAt: Number.MAX_SAFE_INTEGER })
      expect((await store.find(credential.hash))?.expiresAt).toBe(Number.MAX_SAFE_INTEGER)
      await store.extend(grant, [])
      const [found] = await db.collection(grants).find().toArray()
      expect(found!.expiresAt).toEqual(new Date(8.64e15))
    })

    it(
      'remove what has expired without a call of purge()',
      async () => {
        // A separate server, as its TTL monitor is set to run each second.
        const server = await startDatabase('mongodb')
        const client = new MongoClient(server.url)
        await client.db('admin').command({ setParameter: 1, ttlMonitorSleepSecs: 1 })
        const store = mongoStore(client.db(), { retentionSeconds: 1 })
        await store.createIndexes()
        const now = Date.now()
        const gone = await issued(store, {}, { createdAt: now - 9000, expiresAt: now - 5000 })
        const kept = await issued(store, {}, { createdAt: now, expiresAt: now + 90_000 })
        const record = aRecord({ expiresAt: now - 5000 })
        await store.addRecord(record)
        const user = aUser()
        await store.createUser(user)
        await store.deleteUser(user.id, now - 5000)
        while (await store.find(gone.credential.hash)) await shortDelay()
        expect(await store.find(kept.credential.hash)).not.toBeNull()
        while (await store.getRecord(record.key)) await shortDelay()
        while (!(await store.createUser(user))) await shortDelay()
        await client.close()
        await server.stop()
      },
      startTimeout,
    )
  })

  describe('check()', () => {
    it('reports nothing for a new database with its indexes', async () => {
      await using place = await opened(database)
      expect(await place.store.check()).toEqual([])
    })

    it('reports each missing index and what creates it', async () => {
      await using place = await opened(database)
      await place.db.dropDatabase()
      const findings = await place.store.check()
      expect(findings.map(({ problem }) => problem).toSorted()).toEqual([
        'The index on oauth_grants (clientId, _id) is missing',
        'The index on oauth_grants (credentials.hash) is missing',
        'The index on oauth_grants (expiresAt) is missing',
        'The index on oauth_grants (grantId) is missing',
        'The index on oauth_grants (nextExpiry) is missing',
        'The index on oauth_grants (removeAt) is missing',
        'The index on oauth_grants (userId, clientId, _id) is missing',
        'The index on oauth_records (expiresAt) is missing',
        'The index on oauth_users (deletedUntil) is missing',
        'The index on oauth_users (username) is missing',
      ])
      for (const { fix } of findings) {
        expect(fix).toBe('call createIndexes(), or run oauth2-kit-mongo create-indexes')
      }
    })

    it.each([
      [{ expiresAt: 1 }, {}, 'is not a TTL index'],
      [
        { expiresAt: 1 },
        { expireAfterSeconds: 5 },
        'removes documents 5 s after the expiry, not 3600 s',
      ],
      [{ 'credentials.hash': 1 }, { unique: true, sparse: true }, 'has the option sparse'],
      [
        { 'credentials.hash': 1 },
        { unique: true, partialFilterExpression: { userId: 'ada' } },
        'has the option partialFilterExpression',
      ],
      [
        { 'credentials.hash': 1 },
        { unique: true, collation: { locale: 'en' } },
        'has the option collation',
      ],
      [{ clientId: 1, _id: 1 }, { unique: true }, 'is unique'],
      [{ grantId: 1 }, {}, 'is not sparse'],
    ] as const)('reports that an index on %p with %p %s', async (key, options, what) => {
      await using place = await opened(database)
      const collection = place.db.collection(grants)
      await collection.dropIndex(
        Object.keys(key)
          .map((member) => `${member}_1`)
          .join('_'),
      )
      await collection.createIndex(key, options)
      const [finding, ...others] = await place.store.check()
      expect(finding?.problem).toContain(what)
      expect(others).toEqual([])
    })

    it('reports that a collection has a collation', async () => {
      await using place = await opened(database)
      await place.db
        .collection('oauth_clients')
        .drop()
        .catch(() => {})
      const collation = { locale: 'en', strength: 2 }
      await place.db.createCollection('oauth_clients', { collation })
      expect(await place.store.check()).toEqual([
        {
          problem:
            'The collection oauth_clients has a collation: different ids may compare as equal',
          fix: 'copy its documents to a collection without a collation',
        },
      ])
    })

    it('reports that writes are acknowledged before they are in the journal', async () => {
      await using place = await opened(database, { writeConcern: { j: false } })
      expect(await place.store.check()).toMatchObject([
        { problem: expect.stringContaining('before they are in the journal') },
      ])
    })
  })

  describe('the command oauth2-kit-mongo', () => {
    it('check reports missing indexes, which create-indexes creates', async () => {
      await using place = await opened(database)
      await place.db.dropDatabase()
      const before = command(place.url, 'check')
      expect(before.status).toBe(1)
      expect(before.stderr).toContain('The index on oauth_grants (credentials.hash) is missing')
      expect(command(place.url, 'create-indexes')).toMatchObject({ status: 0, stderr: '' })
      expect(command(place.url, 'check')).toMatchObject({ status: 0, stderr: '' })
      expect(await place.store.check()).toEqual([])
      const other = ['--grants', 'g', '--records', 'r', '--users', 'u', '--retention-seconds', '60']
      expect(command(place.url, 'create-indexes', ...other)).toMatchObject({ status: 0 })
      expect(Object.keys(await indexesOf(place))).toContain('g')
    })

    it.each([[[]], [['drop-indexes']], [['check', '--force']], [['check', 'twice']]])(
      'prints its usage with the arguments %p',
      async (args) => {
        const shown = command('mongodb://127.0.0.1:1/test', ...args)
        expect(shown.status).toBe(2)
        expect(shown.stderr).toContain('oauth2-kit-mongo create-indexes | check')
      },
    )

    it('prints its usage without MONGODB_URL', () => {
      expect(command('', 'check')).toMatchObject({ status: 2 })
    })
  })
})

function shortDelay(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 100))
}

/** Runs the command from its source. */
function command(url: string, ...args: string[]) {
  const script = path.join(__dirname, '../src/cli.ts')
  const preload = path.join(__dirname, '../../../test/support/typescript.cjs')
  return spawnSync(process.execPath, ['--require', preload, script, ...args], {
    encoding: 'utf8',
    env: { ...process.env, MONGODB_URL: url },
  })
}

async function indexesOf({ db }: { db: Db }) {
  const collections = await db.listCollections().toArray()
  const found = await Promise.all(
    collections.map(async ({ name }) => {
      const indexes = await db.collection(name).indexes()
      for (const index of indexes) {
        delete index.v
        delete index.name
      }
      return [name, indexes] as const
    }),
  )
  return Object.fromEntries(found)
}

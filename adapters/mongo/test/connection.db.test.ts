import { describeDatabase } from '@oauth2-kit/conformance/databases'
import { mongoStore } from '@oauth2-kit/mongo'
import { MongoClient } from 'mongodb'
import mongoose, { Schema, createConnection } from 'mongoose'
import {
  aClient,
  aCredential,
  aGrant,
  aRecord,
  aUser,
  before,
  grantsOf,
  issued,
  redeemed,
  t0,
} from '@oauth2-kit/testing'
import { startTimeout } from './support/opened'

const modelNames = ['OAuthClient', 'OAuthGrant', 'OAuthRecord', 'OAuthUser']

describeDatabase('mongodb', (database) => {
  /** Creates a database. Its disposal also closes what was passed to `closeLater`. */
  async function place() {
    const isolated = await database.isolated()
    const ends = [() => isolated.drop()]
    return {
      url: isolated.url,
      closeLater<T extends { close(): Promise<unknown> }>(opened: T): T {
        ends.unshift(async () => void (await opened.close()))
        return opened
      },
      async [Symbol.asyncDispose]() {
        for (const end of ends) await end()
      },
    }
  }

  beforeAll(() => database.url(), startTimeout)

  describe('a mongoose connection', () => {
    it('has the models, and the default mongoose instance has none', async () => {
      await using here = await place()
      const connection = here.closeLater(createConnection(here.url))
      const store = mongoStore(connection)
      const { grant } = await issued(store)
      expect(connection.modelNames().toSorted()).toEqual(modelNames)
      expect(mongoose.modelNames()).toEqual([])
      expect(mongoose.connection.modelNames()).toEqual([])
      const found = await connection.model('OAuthGrant').findById(grant.id).lean()
      expect(found).toMatchObject({ clientId: grant.clientId, userId: grant.userId })
    })

    it('can be opened after the store is created', async () => {
      await using here = await place()
      const connection = createConnection()
      const store = mongoStore(connection)
      await expect(store.find('a')).rejects.toThrow('call connect() or openUri() first')
      const opening = here.closeLater(connection).openUri(here.url)
      expect(await store.find('a')).toBeNull()
      await opening
    })

    it('can be one of useDb()', async () => {
      await using here = await place()
      const connection = here.closeLater(createConnection(here.url))
      const other = connection.useDb(`${connection.name || 'other'}_b`)
      here.closeLater({ close: () => other.dropDatabase() })
      const store = mongoStore(other)
      const { credential } = await issued(store)
      expect(await mongoStore(connection).find(credential.hash)).toBeNull()
      expect(await store.find(credential.hash)).toEqual(credential)
    })

    it('can have several stores, which share data if their names are the same', async () => {
      await using here = await place()
      const connection = here.closeLater(createConnection(here.url))
      const [one, same] = [mongoStore(connection), mongoStore(connection)]
      const other = mongoStore(connection, {
        collections: {
          grants: 'b_grants',
          clients: 'b_clients',
          users: 'b_users',
          records: 'b_records',
        },
        models: { grants: 'BGrant', clients: 'BClient', users: 'BUser', records: 'BRecord' },
      })
      const { credential } = await issued(one)
      expect(await same.find(credential.hash)).toEqual(credential)
      expect(await other.find(credential.hash)).toBeNull()
      const { credential: theirs } = await issued(other)
      expect(await one.find(theirs.hash)).toBeNull()
      expect(await connection.db!.collection('b_grants').countDocuments()).toBe(1)
    })

    it('causes a TypeError if it has another model with the same name', () => {
      const connection = createConnection()
      connection.model('OAuthUser', new Schema({ name: String }))
      expect(() => mongoStore(connection)).toThrow(
        new TypeError(
          'The connection already has a model "OAuthUser": set "models.users" to another name',
        ),
      )
      mongoStore(connection, { models: { users: 'SignIn' } })
      const moved = { models: { users: 'SignIn' }, collections: { grants: 'moved' } }
      expect(() => mongoStore(connection, moved)).toThrow('"models.grants"')
    })

    it('keeps the indexes of the store when the application calls syncIndexes()', async () => {
      await using here = await place()
      const connection = here.closeLater(createConnection(here.url))
      const store = mongoStore(connection)
      await store.createIndexes()
      await connection.syncIndexes()
      expect(await store.check()).toEqual([])
    })

    it('is not closed and not reconfigured', async () => {
      await using here = await place()
      const connection = here.closeLater(createConnection(here.url))
      await connection.asPromise()
      const before = { ...connection.config }
      const listeners = connection.eventNames()
      const store = mongoStore(connection)
      await issued(store)
      expect(connection.readyState).toBe(1)
      expect({ ...connection.config }).toEqual(before)
      expect(connection.eventNames()).toEqual(listeners)
    })

    it('makes calls reject after it was closed', async () => {
      await using here = await place()
      const connection = createConnection(here.url)
      const store = mongoStore(connection)
      const { credential } = await issued(store)
      await connection.close()
      await expect(store.find(credential.hash)).rejects.toThrow(Error)
      await here.closeLater(connection).openUri(here.url)
      expect(await store.find(credential.hash)).toEqual(credential)
    })

    it('works if its models have hooks that fail, as the store does not run hooks', async () => {
      await using here = await place()
      const connection = here.closeLater(createConnection(here.url))
      connection.plugin((schema: Schema) => {
        schema.pre(['save', 'find', 'findOne', 'findOneAndUpdate', 'deleteOne'], () => {
          throw new Error('A hook of the application')
        })
      })
      const store = mongoStore(connection)
      const { grant, credential } = await issued(store)
      await redeemed(store, credential, aCredential())
      expect(await store.revoke({ grantId: grant.id })).toBe(1)
    })
  })

  describe('a Db of mongodb', () => {
    it('works without mongoose', async () => {
      await using here = await place()
      const client = here.closeLater(new MongoClient(here.url))
      const store = mongoStore(client.db())
      const { credential } = await issued(store)
      expect(await store.find(credential.hash)).toEqual(credential)
    })

    it('shares all data with a mongoose connection to the same database', async () => {
      await using here = await place()
      const client = here.closeLater(new MongoClient(here.url))
      const connection = here.closeLater(createConnection(here.url))
      const [one, other] = [mongoStore(client.db()), mongoStore(connection)]
      const [client1, { credential }] = [aClient(), await issued(one)]
      await one.createClient(client1)
      expect(await other.find(credential.hash)).toEqual(credential)
      expect(await other.getClient(client1.id)).toEqual(client1)
    })
  })

  // With every combination of settings.
  describe.each([true, false])('with ignoreUndefined: %p', (ignoreUndefined) => {
    describe.each([true, false, 'throw'] as const)('strictQuery: %p', (strictQuery) => {
      it.each([true, false])('sanitizeFilter: %p: every method works', async (sanitizeFilter) => {
        await using here = await place()
        const own = new mongoose.Mongoose({ strictQuery, sanitizeFilter })
        const connection = here.closeLater(
          own.createConnection(here.url, { ignoreUndefined, sanitizeFilter }),
        )
        await expect(walk(mongoStore(connection))).resolves.toBeUndefined()
      })
    })
  })

  it.each([
    { promoteValues: false },
    { promoteLongs: false },
    { useBigInt64: true },
    { raw: true },
    { readPreference: 'secondaryPreferred' },
    { readConcernLevel: 'majority' },
    { retryWrites: false, retryReads: false },
    { w: 0 },
    { serializeFunctions: true, checkKeys: true },
  ] as const)('every method works on a client with %p', async (options) => {
    await using here = await place()
    const client = here.closeLater(new MongoClient(here.url, options))
    await expect(walk(mongoStore(client.db()))).resolves.toBeUndefined()
  })
})

it.each([
  [undefined],
  [null],
  [{}],
  [mongoose],
  [new MongoClient('mongodb://127.0.0.1:1')],
  ['mongodb://127.0.0.1/test'],
])('mongoStore() throws a TypeError for what is not a connection (%#)', (connection) => {
  const make = () => mongoStore(connection as never)
  expect(make).toThrow(TypeError)
  expect(make).toThrow('such as mongoose.connection, or a Db of mongodb, such as client.db()')
})

/** Calls every method, with values that are optional, null, undefined or 0. */
async function walk(store: ReturnType<typeof mongoStore>) {
  await store.createIndexes()
  const client = aClient({ name: undefined, userId: undefined, metadata: { a: null } })
  await store.createClient(client)
  expect(await store.getClient(client.id)).toStrictEqual(JSON.parse(JSON.stringify(client)))
  const [grant, access] = [aGrant({ userId: null, createdAt: 0 }), aCredential({ kind: 'access' })]
  await issued(store)
  expect(await store.find(undefined as never)).toBeNull()
  const { credential } = await issued(store, grant, { expiresAt: null, createdAt: 0 })
  expect(await store.find(credential.hash)).toStrictEqual(credential)
  const next = aCredential({ kind: 'code', expiresAt: 2 ** 43 })
  await redeemed(store, credential, next, access)
  const replay = await store.redeem(credential, [aCredential()])
  const by = { ...next, grant: credential.grant }
  expect(replay).toStrictEqual({ status: 'replayed' })
  expect(await store.isRedeemed(credential)).toBe(true)
  expect(await store.isRedeemed(by)).toBe(false)
  expect(await grantsOf(store, { clientId: grant.clientId })).toStrictEqual([grant])
  expect(await store.listClients({ after: undefined, limit: 9 })).toHaveLength(1)
  expect(await store.revoke({ userId: undefined as never })).toBe(0)
  await store.revokeAccessToken(access.hash)
  expect(await store.find(access.hash)).toBeNull()
  const record = aRecord({ expiresAt: t0 })
  expect(await store.addRecord(record)).toBe(true)
  expect(await store.addRecord(record)).toBe(false)
  expect(await store.getRecord(record.key)).toStrictEqual(record)
  expect(await store.purge(before(t0 + 1), 9)).toEqual({ deleted: 1, more: false })
  const user = aUser({ metadata: undefined })
  expect(await store.createUser(user)).toBe(true)
  expect(await store.updateUser({ ...user, version: 'b' }, user.version)).toBe(true)
  expect(await store.listUsers({ limit: 9 })).toHaveLength(1)
  await store.deleteUser(user.id, t0)
  expect(await store.getUserByUsername(user.username)).toBeNull()
  expect(await store.listUsers({ limit: 9 })).toEqual([])
  expect(await store.issue(aGrant({ userId: user.id }), [aCredential()], {})).toBe('refused')
  await store.deleteClient(client.id)
  expect(await store.revoke({ grantId: grant.id })).toBe(1)
}

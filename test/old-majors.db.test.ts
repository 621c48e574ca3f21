import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { describeConformance } from '@oauth2-kit/conformance'
import { type Isolated, describeDatabase } from '@oauth2-kit/conformance/databases'
import { type MongoDatabase, type MongooseConnection, mongoStore } from '@oauth2-kit/mongo'
import { type RedisClient, redisStore } from '@oauth2-kit/redis'
import { oauthTables, typeormStore } from '@oauth2-kit/typeorm'
import type * as ioredis from 'ioredis'
import type * as mongodb6 from 'mongodb6'
import type * as mongoose from 'mongoose'
import type * as typeorm from 'typeorm'

// The stores on the major release of their driver before the newest one. `npm run test:all` runs them. `npm run test:ranges` tests
// the lowest and the highest release of each range, and Prisma 6.

jest.mock('typeorm', () => jest.requireActual<object>('typeorm03'))

/** Provides a part of a database for the tests of a block. */
function isolated(database: { isolated(): Promise<Isolated> }): { url: string; namespace: string } {
  const place = { url: '', namespace: '' }
  let drop: () => Promise<void>
  beforeAll(async () => {
    const mine = await database.isolated()
    Object.assign(place, { url: mine.url, namespace: mine.namespace })
    drop = () => mine.drop()
  })
  afterAll(() => drop?.())
  return place
}

describeDatabase('redis', (database) => {
  const place = isolated(database)
  const { Redis } = jest.requireActual<typeof ioredis>('ioredis5')

  describeConformance({
    name: 'redisStore on ioredis 5',
    level: 'contract',
    async create({ namespace }) {
      const client: RedisClient = new Redis(place.url, { commandTimeout: 20_000 })
      if (client.status !== 'ready') await once(client, 'ready')
      const prefix = place.namespace.slice(0, -1)
      return {
        store: redisStore(client, { prefix, tenant: namespace }),
        close: () => client.disconnect(),
      }
    },
  })
})

describeDatabase('mongodb', (database) => {
  const place = isolated(database)

  const indexes = new Map<string, Promise<void>>()

  describe.each(['mongoose 8', 'mongodb 6'])('%s', (name) => {
    describeConformance({
      name: `mongoStore on ${name}`,
      level: 'contract',
      // Mongoose 8 is on mongodb 6, so only the connection differs.
      only: name === 'mongodb 6' ? '*' : ['shape', 'access', 'revoke'],
      async create({ namespace }) {
        const open = name === 'mongodb 6' ? onMongodb6 : onMongoose8
        const { connection, close } = await open(place.url)
        const collections = collectionsOf(`${namespace}_${name.replace(' ', '')}`)
        const store = mongoStore(connection, { collections })
        const creating = indexes.get(collections.grants) ?? store.createIndexes()
        indexes.set(collections.grants, creating)
        await creating
        return { store, close }
      },
    })
  })
})

async function onMongodb6(url: string) {
  const { MongoClient } = jest.requireActual<typeof mongodb6>('mongodb6')
  const client = new MongoClient(url)
  const connection: MongoDatabase = client.db()
  return { connection, close: () => client.close() }
}

async function onMongoose8(url: string) {
  const { createConnection } = jest.requireActual<typeof mongoose>('mongoose8')
  const opened = await createConnection(url).asPromise()
  const connection: MongooseConnection = opened
  return { connection, close: () => opened.close() }
}

function collectionsOf(prefix: string) {
  const [grants, clients, users, records] = ['grants', 'clients', 'users', 'records'].map(
    (kind) => `${prefix}_${kind}`,
  )
  return { grants: grants!, clients: clients!, users: users!, records: records! }
}

describeDatabase('postgres', (database) => {
  const place = isolated(database)
  const made = new Map<string, Promise<unknown>>()

  describeConformance({
    name: 'typeormStore on TypeORM 0.3',
    level: 'contract',
    async create({ namespace }) {
      const tables = {
        credentials: `${namespace}_credentials`,
        clients: `${namespace}_clients`,
        users: `${namespace}_users`,
        records: `${namespace}_records`,
      }
      const dataSource = newDataSource({
        type: 'postgres',
        url: place.url,
        poolSize: 4,
        migrationsTableName: `${namespace}_migrations`,
        ...oauthTables('postgres', { tables }),
      })
      await dataSource.initialize()
      const ready = made.get(namespace) ?? dataSource.runMigrations()
      made.set(namespace, ready)
      await ready
      return { store: typeormStore(dataSource, { tables }), close: () => dataSource.destroy() }
    },
  })

  it('the tables do not differ from the entities, and check() reports nothing', async () => {
    const credentials = `t${randomBytes(6).toString('hex')}`
    const tables = { credentials }
    const dataSource = newDataSource({
      type: 'postgres',
      url: place.url,
      migrationsTableName: `${credentials}_migrations`,
      ...oauthTables('postgres', { tables }),
    })
    await dataSource.initialize()
    await dataSource.runMigrations()
    const { upQueries } = await dataSource.driver.createSchemaBuilder().log()
    expect(upQueries.map(({ query }) => query)).toEqual([])
    expect(await typeormStore(dataSource, { tables }).check()).toEqual([])
    await dataSource.destroy()
  })
})

/** Creates a DataSource of TypeORM 0.3, of which the store uses only what 1.1 has too. */
function newDataSource(options: typeorm.DataSourceOptions): typeorm.DataSource {
  const { DataSource } = jest.requireActual<typeof typeorm>('typeorm03')
  return new DataSource(options)
}

import { randomUUID } from 'node:crypto'
import type { Context, Created, RawHooks } from '@oauth2-kit/conformance'
import { mongoRaw } from '@oauth2-kit/conformance/raw/mongo'
import { type MongoDatabase, type MongooseConnection, mongoStore } from '@oauth2-kit/mongo'
import { type Db, MongoClient } from 'mongodb'
import { createConnection } from 'mongoose'

// The set-up for the conformance suite, also in the processes that it starts.

/** Ends calls to a server that hangs. A busy server may take long to open many connections. */
const bounded = {
  serverSelectionTimeoutMS: 4000,
  connectTimeoutMS: 4000,
  socketTimeoutMS: 4000,
  waitQueueTimeoutMS: 10_000,
}

const kinds = ['grants', 'clients', 'users', 'records'] as const

/** The connection of each store. */
const connections = new Map<string, { ping(): Promise<unknown> }>()

const indexes = new Map<string, Promise<void>>()

/** Alternates between mongoose and mongodb. Each namespace has its own collections. */
export async function create({ url = '', namespace, instance }: Context): Promise<Created> {
  const { connection, db, close } = instance % 2 === 0 ? await onMongoose(url) : onMongodb(url)
  connections.set(`${namespace} ${instance}`, { ping: () => db.command({ ping: 1 }) })
  const store = mongoStore(connection, { collections: namesOf(namespace) })
  // Once, before the servers start, as in a deployment.
  const creating = indexes.get(namespace) ?? store.createIndexes()
  indexes.set(namespace, creating)
  await creating
  return { store, close }
}

async function onMongoose(url: string) {
  const connection = await createConnection(url, bounded).asPromise()
  const typed: MongooseConnection = connection
  return { connection: typed, db: connection.db!, close: () => connection.close() }
}

function onMongodb(url: string) {
  const client = new MongoClient(url, bounded)
  const db = client.db()
  const typed: MongoDatabase = db
  return { connection: typed, db, close: () => client.close() }
}

function namesOf(namespace: string) {
  const [grants, clients, users, records] = kinds.map((kind) => `${namespace}_${kind}`)
  return { grants: grants!, clients: clients!, users: users!, records: records! }
}

/** Returns hooks that access the database directly, with a separate client. */
export function hooksOn(database: () => Db): RawHooks {
  const grantsOf = (context: Context) => database().collection(namesOf(context.namespace).grants)

  return {
    ...mongoRaw({
      db: database,
      collections: ({ namespace }) => Object.values(namesOf(namespace)),
      entries: ({ credentials }) => 1 + ((credentials as unknown[] | undefined)?.length ?? 0),
      credential: ({ namespace }, hash) => ({
        collection: namesOf(namespace).grants,
        filter: { 'credentials.hash': hash },
      }),
      record: ({ namespace }, key) => ({
        collection: namesOf(namespace).records,
        filter: { _id: key },
      }),
      expiring: ({ namespace }) => [namesOf(namespace).grants, namesOf(namespace).records],
    }),

    async alive({ namespace, instance }) {
      await connections.get(`${namespace} ${instance}`)!.ping()
      return true
    },

    async damage(context) {
      await grantsOf(context).dropIndex('credentials.hash_1')
      return 'dropping the unique index on the hashes'
    },

    /** Writes a grant as 0.1.0 did. */
    async older(context) {
      const hash = randomUUID().replaceAll('-', '').repeat(2)
      const end = Date.now() + 3_600_000
      await grantsOf(context).insertOne({
        _id: randomUUID() as never,
        clientId: 'client',
        userId: 'user',
        createdAt: end - 7_200_000,
        data: '{"scope":"profile"}',
        credentials: [
          {
            hash,
            kind: 'refresh',
            createdAt: end - 7_200_000,
            expiresAt: end,
            data: '{"scope":"profile"}',
          },
        ],
        redeemed: 0,
        expiresAt: new Date(end),
        nextExpiry: end,
      })
      return hash
    },
  }
}

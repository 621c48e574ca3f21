import { randomUUID } from 'node:crypto'
import type { Context, Created, RawHooks } from '@oauth2-kit/conformance'
import { mongoRaw } from '@oauth2-kit/conformance/raw/mongo'
import { type MongoDatabase, type MongooseConnection, mongoStore } from '@oauth2-kit/mongo'
import { type Db, MongoClient } from 'mongodb'
import { createConnection } from 'mongoose'
import { namesOf } from '../../src/keys'

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
  const store = mongoStore(connection, { collections: collectionsOf(namespace) })
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

function collectionsOf(namespace: string) {
  const [grants, clients, users, records] = kinds.map((kind) => `${namespace}_${kind}`)
  return { grants: grants!, clients: clients!, users: users!, records: records! }
}

/** Returns hooks that access the database directly, with a separate client. */
export function hooksOn(database: () => Db): RawHooks {
  const grantsOf = (context: Context) =>
    database().collection(collectionsOf(context.namespace).grants)

  return {
    ...mongoRaw({
      db: database,
      collections: ({ namespace }) => Object.values(collectionsOf(namespace)),
      entries: ({ hashes }) => 1 + ((hashes as unknown[] | undefined)?.length ?? 0),
      credential: ({ namespace }, hash) => ({
        collection: collectionsOf(namespace).grants,
        filter: { hashes: namesOf(hash).id },
      }),
      record: ({ namespace }, key) => ({
        collection: collectionsOf(namespace).records,
        filter: { _id: key },
      }),
      expiring: ({ namespace }) => [
        collectionsOf(namespace).grants,
        collectionsOf(namespace).records,
      ],
    }),

    async alive({ namespace, instance }) {
      await connections.get(`${namespace} ${instance}`)!.ping()
      return true
    },

    async damage(context) {
      await grantsOf(context).dropIndex('hashes_1')
      return 'dropping the unique index on the hashes'
    },

    /** Writes a grant as 0.1.0 did. */
    async older(context) {
      const hash = randomUUID().replaceAll('-', '').repeat(2)
      const { id, key } = namesOf(hash)
      const end = Date.now() + 3_600_000
      await grantsOf(context).insertOne({
        _id: randomUUID() as never,
        clientId: 'client',
        userId: 'user',
        createdAt: end - 7_200_000,
        data: '{"scope":"profile"}',
        hashes: [id],
        tokens: { [key]: { k: 'r', t: end - 7_200_000, l: 7_200_000, d: '{"scope":"profile"}' } },
        redeemed: 0,
        expiresAt: new Date(end),
        nextExpiry: end,
      })
      return hash
    },
  }
}

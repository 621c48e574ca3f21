import { randomUUID } from 'node:crypto'
import type { Context, Created, RawHooks } from '@oauth2-kit/conformance'
import { type MongoDatabase, type MongooseConnection, mongoStore } from '@oauth2-kit/mongo'
import { BSON, type Collection, type Db, MongoClient } from 'mongodb'
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

/** Returns the indexes by which the database removes documents. */
async function nativeIndexesOf(collection: Collection) {
  const indexes = await collection.indexes()
  return indexes.filter(({ expireAfterSeconds }) => expireAfterSeconds !== undefined)
}

/** How long the database keeps what has expired, in milliseconds. */
async function retentionOf(collection: Collection): Promise<number> {
  const ttl = (await collection.indexes()).find(
    ({ key, expireAfterSeconds }) => 'expiresAt' in key && expireAfterSeconds !== undefined,
  )
  return ttl!.expireAfterSeconds! * 1000
}

/** Returns hooks that access the database directly, with a separate client. */
export function hooksOn(database: () => Db): RawHooks {
  const collectionsOf = ({ namespace }: Context) =>
    Object.values(namesOf(namespace)).map((name) => database().collection(name))
  const grantsOf = ({ namespace }: Context) => database().collection(namesOf(namespace).grants)
  const recordsOf = ({ namespace }: Context) => database().collection(namesOf(namespace).records)
  const documentsOf = async (context: Context) =>
    (await Promise.all(collectionsOf(context).map((one) => one.find().toArray()))).flat()

  return {
    async dump(context) {
      return BSON.EJSON.stringify(await documentsOf(context))
    },

    async count(context) {
      const documents = await documentsOf(context)
      return documents.reduce((sum, { credentials = [] }) => sum + 1 + credentials.length, 0)
    },

    async explain(_context, work) {
      const db = database()
      await db.command({ profile: 2 })
      await work()
      await db.command({ profile: 0 })
      const profile = db.collection('system.profile')
      // Whole collections, and whole indexes of the crowd of the case.
      const scans = await profile
        .find({
          $or: [
            { planSummary: 'COLLSCAN' },
            { keysExamined: { $gt: 1000 } },
            { docsExamined: { $gt: 1000 } },
          ],
        })
        .toArray()
      await profile.drop()
      return scans.map(({ ns }) => String(ns)).filter((name) => !name.endsWith('system.profile'))
    },

    async removedAt(context, hash) {
      const found = await grantsOf(context).findOne({ 'credentials.hash': hash })
      // Other documents of the collection, such as sealed answers, have no retention.
      if (found!.removeAt) return (found!.removeAt as Date).getTime()
      const expiresAt = found!.expiresAt as Date | null
      return expiresAt && expiresAt.getTime() + (await retentionOf(grantsOf(context)))
    },

    async recordRemovedAt(context, key) {
      const records = recordsOf(context)
      const found = await records.findOne({ _id: key as never })
      return (found!.expiresAt as Date).getTime() + (await retentionOf(records))
    },

    async immortal(context) {
      const withoutEnd = {
        expiresAt: { $not: { $type: 'date' } },
        removeAt: { $not: { $type: 'date' } },
      } as const
      const found = await Promise.all(
        [grantsOf, recordsOf].map((of) => of(context).find(withoutEnd).toArray()),
      )
      return found.flat().map(({ _id }) => JSON.stringify(_id))
    },

    async ends({ namespace }) {
      const ends: Record<string, number | null> = {}
      for (const name of Object.values(namesOf(namespace))) {
        const collection = database().collection(name)
        const documents = await collection.find().toArray()
        // A collection may not exist yet.
        const native = documents.length === 0 ? [] : await nativeIndexesOf(collection)
        for (const document of documents) {
          const found = native.flatMap(({ key, expireAfterSeconds }) => {
            const date: unknown = document[Object.keys(key)[0]!]
            return date instanceof Date ? [date.getTime() + expireAfterSeconds! * 1000] : []
          })
          ends[`${name} ${String(document._id)}`] = found.length > 0 ? Math.min(...found) : null
        }
      }
      return ends
    },

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

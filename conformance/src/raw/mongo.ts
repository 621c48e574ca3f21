import type { Context, RawHooks } from '../types'
import { asText } from './as-text'

type Document = Record<string, unknown>

interface Collection {
  find(filter?: object): { toArray(): Promise<Document[]> }
  findOne(filter: object): Promise<Document | null>
  indexes(): Promise<{ key: object; expireAfterSeconds?: number }[]>
  drop(): Promise<unknown>
}

/** The part of a `Db` of `mongodb` that the hooks use. */
export interface MongoDatabase {
  command(command: object): Promise<unknown>
  collection(name: string): Collection
}

/** Where a document is. */
export interface MongoPlace {
  /** The name of the collection. */
  collection: string
  filter: object
}

/** The options of `mongoRaw`. */
export interface MongoRawOptions {
  /** Returns the database of the store of that context. No other program may profile it. */
  db: (context: Context) => MongoDatabase
  /** Returns the names of the collections of the store. */
  collections: (context: Context) => readonly string[]
  /** Returns how many entries a document has, such as its tokens. @default 1 */
  entries?: (document: Readonly<Record<string, unknown>>) => number
  /** The examined keys or documents of one command that count as a scan. @default 1000 */
  mostExamined?: number
  /** Returns where the credential with that hash is. Enables `removedAt`. */
  credential?: (context: Context, hash: string) => MongoPlace
  /** Returns where the record with that key is. Enables `recordRemovedAt`. */
  record?: (context: Context, key: string) => MongoPlace
  /**
   * Returns the collections in which a TTL index must remove every document in the end. Enables
   * `immortal`.
   */
  expiring?: (context: Context) => readonly string[]
}

/** The hooks of MongoDB. */
export type MongoHooks = Required<Pick<RawHooks, 'dump' | 'count' | 'explain' | 'ends' | 'alive'>> &
  Pick<RawHooks, 'removedAt' | 'recordRemovedAt' | 'immortal'>

/**
 * Returns hooks for a store in MongoDB. The ends of documents are those of its TTL indexes.
 * `damage` and `older` depend on the store.
 */
export function mongoRaw({
  db,
  collections,
  entries = () => 1,
  mostExamined = 1000,
  credential,
  record,
  expiring,
}: MongoRawOptions): MongoHooks {
  async function documentsOf(context: Context): Promise<Document[]> {
    const found = collections(context).map((name) => db(context).collection(name).find().toArray())
    return (await Promise.all(found)).flat()
  }

  async function endAt(context: Context, { collection, filter }: MongoPlace) {
    const document = await db(context).collection(collection).findOne(filter)
    if (!document) throw new Error(`${collection} has no such document`)
    return (await endsIn(db(context).collection(collection)))(document)
  }

  async function endsOf(context: Context, names: readonly string[]) {
    const ends: Record<string, number | null> = {}
    for (const name of names) {
      const collection = db(context).collection(name)
      const documents = await collection.find().toArray()
      // A collection may not exist yet.
      if (documents.length === 0) continue
      const endOf = await endsIn(collection)
      for (const document of documents) ends[`${name} ${idOf(document)}`] = endOf(document)
    }
    return ends
  }

  return {
    dump: async (context) => asText(await documentsOf(context)),

    async count(context) {
      return (await documentsOf(context)).reduce((sum, one) => sum + entries(one), 0)
    },

    explain: (context, work) => profiled(db(context), mostExamined, work),

    ends: (context) => endsOf(context, collections(context)),

    async alive(context) {
      await db(context).command({ ping: 1 })
      return true
    },

    ...(credential && { removedAt: (context, hash) => endAt(context, credential(context, hash)) }),
    ...(record && { recordRemovedAt: (context, key) => endAt(context, record(context, key)) }),
    ...(expiring && {
      async immortal(context) {
        const ends = await endsOf(context, expiring(context))
        return Object.keys(ends).filter((name) => ends[name] === null)
      },
    }),
  }
}

function idOf({ _id: id }: Document): string {
  return typeof id === 'string' ? id : JSON.stringify(id)
}

/** Resolves with a function that returns when the TTL indexes of a collection remove a document. */
async function endsIn(collection: Collection): Promise<(document: Document) => number | null> {
  const indexes = await collection.indexes()
  return (document) => {
    const ends = indexes.flatMap(({ key, expireAfterSeconds }) => {
      const date = document[Object.keys(key)[0] ?? '']
      if (expireAfterSeconds === undefined || !(date instanceof Date)) return []
      return [date.getTime() + expireAfterSeconds * 1000]
    })
    return ends.length > 0 ? Math.min(...ends) : null
  }
}

/** Resolves with the collections that a command of the work read from end to end. */
async function profiled(
  db: MongoDatabase,
  mostExamined: number,
  work: () => Promise<unknown>,
): Promise<string[]> {
  await db.command({ profile: 2 })
  try {
    await work()
  } finally {
    await db.command({ profile: 0 })
  }
  const profile = db.collection('system.profile')
  const commands = await profile.find().toArray()
  await profile.drop()
  const scans = commands.filter(
    // Whole collections, and whole indexes of the crowd of the case.
    ({ planSummary, keysExamined = 0, docsExamined = 0 }) =>
      planSummary === 'COLLSCAN' ||
      Number(keysExamined) > mostExamined ||
      Number(docsExamined) > mostExamined,
  )
  return scans.map(({ ns }) => String(ns)).filter((name) => !name.endsWith('system.profile'))
}

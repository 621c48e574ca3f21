import type { MongoDatabase } from '@oauth2-kit/mongo'
import type { Collection, CollectionOptions, Db, Document } from 'mongodb'

type Method = 'aggregate' | 'bulkWrite' | 'findOne' | 'findOneAndUpdate' | 'insertOne' | 'updateOne'

/** A call of a collection of the driver. */
interface Call {
  collection: string
  options: CollectionOptions | undefined
  method: Method
  args: unknown[]
}

/** The calls of one operation: groups of concurrent calls, in sequence. */
export type Recording = readonly (readonly Call[])[]

/** The error code of a standalone server for a `linearizable` read. */
const notAReplicaSet = 123

/**
 * Returns a database that records the calls instead of sending them. It answers like a standalone
 * server on success; `answers` are by method.
 */
export function recordingDatabase(answers: Partial<Record<Method, unknown>>) {
  const calls: Call[][] = []
  let underWay = 0

  async function record(call: Call): Promise<unknown> {
    const [, options] = call.args as [unknown, { readConcern?: { level: string } } | undefined]
    if (options?.readConcern?.level === 'linearizable') {
      throw Object.assign(new Error('This is not a replica set'), { code: notAReplicaSet })
    }
    if (underWay++ > 0) calls.at(-1)!.push(call)
    else calls.push([call])
    await Promise.resolve()
    underWay--
    return answers[call.method] ?? null
  }

  const database: MongoDatabase = {
    databaseName: 'recorded',
    collection: (collection: string, options?: CollectionOptions) =>
      new Proxy(
        {},
        {
          get(_, member: Method | 'collectionName') {
            if (member === 'collectionName') return collection
            const call = (...args: unknown[]) =>
              record({ collection, options, method: member, args })
            if (member !== 'aggregate') return call
            return (...args: unknown[]) => ({ toArray: () => call(...args) })
          },
        },
      ),
    command: async () => ({}),
  }
  return { database, take: (): Recording => calls.splice(0) }
}

/** Returns a function that makes recorded calls on the bare driver. */
export function replayOn(db: Db) {
  const collections = new Map<string, Collection>()

  function make({ collection: name, options, method, args }: Call): Promise<unknown> {
    const collection = collections.get(name) ?? db.collection(name, options)
    collections.set(name, collection)
    if (method === 'aggregate') return collection.aggregate(args[0] as Document[]).toArray()
    return (collection[method] as (...values: unknown[]) => Promise<unknown>)(...args)
  }

  return async (recording: Recording): Promise<void> => {
    for (const atOnce of recording) {
      if (atOnce.length === 1) await make(atOnce[0]!)
      else await Promise.all(atOnce.map(make))
    }
  }
}

import type { MongoDatabase } from '@oauth2-kit/mongo'
import type { Collection, CollectionOptions, Db } from 'mongodb'

/** A call of a collection of the driver. */
interface Call {
  collection: string
  options: CollectionOptions | undefined
  method: 'insertOne' | 'findOne' | 'findOneAndUpdate'
  args: unknown[]
}

/** A database that sends nothing, and keeps what would have been sent. */
export function recordingDatabase() {
  const calls: Call[] = []
  const database: MongoDatabase = {
    databaseName: 'recorded',
    collection: (collection: string, options?: CollectionOptions) =>
      new Proxy(
        {},
        {
          get:
            (_, method: Call['method']) =>
            async (...args: unknown[]) => {
              calls.push({ collection, options, method, args })
              return null
            },
        },
      ),
    command: async () => ({}),
  }
  return { database, take: () => calls.pop()! }
}

/** Makes recorded calls on the bare driver. */
export function replayOn(db: Db) {
  const collections = new Map<string, Collection>()
  return ({ collection: name, options, method, args }: Call): Promise<unknown> => {
    const collection = collections.get(name) ?? db.collection(name, options)
    collections.set(name, collection)
    return (collection[method] as (...given: unknown[]) => Promise<unknown>)(...args)
  }
}

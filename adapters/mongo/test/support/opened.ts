import type { TestDatabase } from '@oauth2-kit/conformance/databases'
import { type MongoStore, type MongoStoreOptions, mongoStore } from '@oauth2-kit/mongo'
import { type Db, MongoClient, type MongoClientOptions } from 'mongodb'

/** A store and its database, dropped at the end: `await using place = await opened(...)`. */
export interface Opened extends AsyncDisposable {
  store: MongoStore
  db: Db
  client: MongoClient
  url: string
}

/** Milliseconds for a test or hook that may have to start a server. */
export const startTimeout = 180_000

/** Opens a store, with its indexes, on a client with those options. */
export async function opened(
  database: TestDatabase,
  options: MongoStoreOptions = {},
  clientOptions: MongoClientOptions = {},
): Promise<Opened> {
  const isolated = await database.isolated()
  const { url } = isolated
  const client = new MongoClient(url, clientOptions)
  const db = client.db()
  const store = mongoStore(db, options)
  await store.createIndexes()
  return {
    store,
    db,
    client,
    url,
    async [Symbol.asyncDispose]() {
      await client.close()
      await isolated.drop()
    },
  }
}

import type { Store } from '@oauth2-kit/core'
import { collectionsOf } from './collections'
import { type MongoDatabase, type MongooseConnection, isMongoose } from './database'
import { createIndexes } from './indexes'
import { type MongoStoreOptions, type Names, type WriteConcern, readStoreOptions } from './options'
import { registerModels } from './schema'
import { createStore } from './store'

export type { MongoDatabase, MongoStoreOptions, MongooseConnection, Names, WriteConcern }

/** A store in MongoDB. */
export interface MongoStore extends Required<Store> {
  /**
   * Creates missing collections and indexes, including the TTL indexes, and drops none. Can be called
   * at every start and by many processes at once. Rejects if an index with the same name or the same
   * fields exists with other options: `check()` reports which one.
   */
  createIndexes(): Promise<void>
}

/**
 * Returns a store in MongoDB 4.4 or later, on your connection of mongoose 9 or your `Db` of mongodb
 * 7, which is neither configured nor closed. Every decision is one command on one document, so a
 * standalone server is enough. Throws a TypeError if the connection or an option is wrong.
 */
export function mongoStore(
  connection: MongooseConnection | MongoDatabase,
  options: MongoStoreOptions = {},
): MongoStore {
  const { retentionSeconds, writeConcern, ...settings } = readStoreOptions(options)
  if (isMongoose(connection)) {
    registerModels(connection, settings.models, settings.collections, retentionSeconds)
  }
  const collections = collectionsOf(connection, settings.collections, writeConcern)
  return {
    ...createStore(collections, { retentionSeconds, writeConcern }),
    createIndexes: async () => createIndexes(await collections(), retentionSeconds),
  }
}

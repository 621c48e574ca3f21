import type { Store } from '@oauth2-kit/core'
import { check } from './check'
import { collectionsOf } from './collections'
import { type MongoDatabase, type MongooseConnection, isMongoose } from './connection'
import { createIndexes } from './indexes'
import { type MongoStoreOptions, type Names, type WriteConcern, readMongoOptions } from './options'
import { registerModels } from './schema'
import { storeOf } from './store'

export type { MongoDatabase, MongoStoreOptions, MongooseConnection, Names, WriteConcern }

/** A store in MongoDB. */
export interface MongoStore extends Required<Store> {
  /**
   * Creates the indexes that are missing, among them the TTL indexes; drops none. May be called at
   * every start, by many processes at once. Rejects if one of the name or kind exists with another
   * meaning: `check()` says which.
   */
  createIndexes(): Promise<void>
}

/**
 * A store in MongoDB 4.4 or later, on a connection of mongoose 9 or a `Db` of mongodb 7 that is
 * yours: it is neither configured nor closed. Every decision is one command on one document, so a
 * standalone server is enough. Throws a TypeError for a wrong connection or option.
 */
export function mongoStore(
  connection: MongooseConnection | MongoDatabase,
  options: MongoStoreOptions = {},
): MongoStore {
  const { retentionSeconds, writeConcern, ...settings } = readMongoOptions(options)
  if (isMongoose(connection)) {
    registerModels(connection, settings.models, settings.collections, retentionSeconds)
  }
  const collections = collectionsOf(connection, settings.collections, writeConcern)
  return {
    ...storeOf(collections, retentionSeconds * 1000),
    check: async () => check(await collections(), retentionSeconds, writeConcern),
    createIndexes: async () => createIndexes(await collections(), retentionSeconds),
  }
}

import { OptionError, withCode } from '@oauth2-kit/core/store-kit'
import type { EventEmitter } from 'node:events'
import { once } from 'node:events'

/** A state of mongoose's connections. */
const connecting = 2

/**
 * A connection of mongoose, from `mongoose.connection` or `mongoose.createConnection()`. Described
 * by what is used of it, so that any copy of the package fits.
 */
export interface MongooseConnection extends EventEmitter {
  /** The mongoose that it belongs to. */
  readonly base: object
  readonly db?: MongoDatabase
  readonly models: object
  readonly readyState: number
  asPromise(): Promise<unknown>
  model(name: string, schema?: never, collection?: string): unknown
}

/** A `Db` of the package mongodb, of any copy of it. */
export interface MongoDatabase {
  readonly databaseName: string
  collection(name: string, options?: never): unknown
  command(command: never, options?: never): Promise<unknown>
}

/** Whether it is a connection of mongoose. Throws a TypeError if it is no database either. */
export function isMongoose(
  connection: MongooseConnection | MongoDatabase,
): connection is MongooseConnection {
  const given = connection as Partial<MongooseConnection & MongoDatabase> | null | undefined
  if (typeof given?.asPromise === 'function' && typeof given.model === 'function') return true
  if (typeof given?.command === 'function' && typeof given.databaseName === 'string') return false
  throw new OptionError(
    'connection',
    'mongoStore() takes a connection of mongoose, such as mongoose.connection, or a Db of mongodb, such as client.db()',
  )
}

/** Gives the database once it is there; rejects if nobody has connected. */
export function databaseOf(
  connection: MongooseConnection | MongoDatabase,
): () => MongoDatabase | Promise<MongoDatabase> {
  if (!isMongoose(connection)) return () => connection
  let opening: Promise<unknown> | undefined

  async function opened(connection: MongooseConnection): Promise<MongoDatabase> {
    await connection.asPromise()
    // One of useDb() has no promise of its own, but follows another one.
    if (!connection.db && connection.readyState === connecting) {
      await (opening ??= once(connection, 'open').finally(() => (opening = undefined)))
    }
    if (!connection.db) {
      throw withCode(
        'OAUTH2_KIT_STORE',
        new Error('The connection of mongoose was never opened: call connect() or openUri() first'),
      )
    }
    return connection.db
  }

  return () => connection.db ?? opened(connection)
}

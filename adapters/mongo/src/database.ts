import { OptionError, withCode } from '@oauth2-kit/core/store-kit'
import type { EventEmitter } from 'node:events'
import { once } from 'node:events'

/** The `readyState` of a mongoose connection that is being opened. */
const connecting = 2

/**
 * A mongoose connection, from `mongoose.connection` or `mongoose.createConnection()`. Declares only
 * the members that are used, so that any copy of the package fits.
 */
export interface MongooseConnection extends EventEmitter {
  /** The mongoose instance that the connection belongs to. */
  readonly base: object
  readonly db?: MongoDatabase
  readonly models: object
  readonly readyState: number
  asPromise(): Promise<unknown>
  model(name: string, schema?: never, collection?: string): unknown
}

/** A `Db` of the package mongodb, from any copy of it. */
export interface MongoDatabase {
  readonly databaseName: string
  collection(name: string, options?: never): unknown
  command(command: never, options?: never): Promise<unknown>
}

/**
 * Returns whether it is a mongoose connection. Throws an OptionError if it is not a `Db` either.
 */
export function isMongoose(
  connection: MongooseConnection | MongoDatabase,
): connection is MongooseConnection {
  const given = connection as Partial<MongooseConnection & MongoDatabase> | null | undefined
  if (typeof given?.asPromise === 'function' && typeof given.model === 'function') return true
  if (typeof given?.command === 'function' && typeof given.databaseName === 'string') return false
  throw new OptionError(
    'connection',
    'mongoStore() takes a mongoose connection, such as mongoose.connection, or a Db of mongodb, such as client.db()',
  )
}

/**
 * Returns a function that returns the database, or resolves with it once the connection is open.
 * Rejects if the connection was never opened.
 */
export function databaseOf(
  connection: MongooseConnection | MongoDatabase,
): () => MongoDatabase | Promise<MongoDatabase> {
  if (!isMongoose(connection)) return () => connection
  let opening: Promise<unknown> | undefined

  async function opened(connection: MongooseConnection): Promise<MongoDatabase> {
    await connection.asPromise()
    // A connection from useDb() has no promise of its own. It opens together with its parent.
    if (!connection.db && connection.readyState === connecting) {
      await (opening ??= once(connection, 'open').finally(() => (opening = undefined)))
    }
    if (!connection.db) {
      throw withCode(
        'OAUTH2_KIT_STORE',
        new Error('The mongoose connection was never opened: call connect() or openUri() first'),
      )
    }
    return connection.db
  }

  return () => connection.db ?? opened(connection)
}

import type { NewCredential } from '@oauth2-kit/core'
import type { IndexDescription } from 'mongodb'
import type { MongooseConnection } from './connection'
import type { Names } from './options'

/** A code or token in the document of its grant; times in milliseconds since the epoch. */
export interface CredentialRow extends NewCredential {
  /**
   * When it may go: with its expiry, or, being the first successor and so the mark of use, with that
   * of what it was made from. `null` = never.
   */
  keepUntil: number | null
  /** The hash of the first successor, once this was redeemed. */
  by?: string
  /** Revoked alone, and kept as the mark of use of what it was made from. */
  revoked?: true
}

/**
 * A grant: one document with everything that comes from it, so that one command on it decides each
 * race.
 */
export interface GrantDocument {
  _id: string
  clientId: string
  userId: string | null
  createdAt: number
  data: string
  /** In the order in which they came: what was redeemed stands before its successors. */
  credentials: CredentialRow[]
  /** When the last of the credentials may go; `null` = never. The TTL index counts from here. */
  expiresAt: Date | null
  /** When the first of them may go, in milliseconds since the epoch: where `purge` begins. */
  nextExpiry: number | null
}

/** A client: its members as JSON text, so that no key or value of it means anything to MongoDB. */
export interface ClientDocument {
  _id: string
  data: string
}

/** A user, as JSON text likewise. */
export interface UserDocument {
  _id: string
  username: string
  data: string
}

/** A key that was remembered. */
export interface KeyDocument {
  _id: string
  expiresAt: Date | null
}

/** The indexes of each collection. */
export function indexesOf(retentionSeconds: number): Record<keyof Names, IndexDescription[]> {
  const ttl = { key: { expiresAt: 1 }, expireAfterSeconds: retentionSeconds } as const
  return {
    grants: [
      { key: { 'credentials.hash': 1 }, unique: true },
      // With the id, so that a page of a list is read in its order.
      { key: { userId: 1, _id: 1 } },
      { key: { clientId: 1, _id: 1 } },
      { key: { nextExpiry: 1 } },
      ttl,
    ],
    clients: [],
    users: [{ key: { username: 1 }, unique: true }],
    keys: [ttl],
  }
}

const text = { type: String, required: true }
const time = { type: Number, required: true }

const definitions: Record<keyof Names, object> = {
  grants: {
    _id: text,
    clientId: text,
    userId: String,
    createdAt: time,
    data: text,
    credentials: [
      {
        _id: false,
        hash: text,
        kind: text,
        createdAt: time,
        expiresAt: Number,
        data: text,
        keepUntil: Number,
        by: String,
        revoked: Boolean,
      },
    ],
    expiresAt: Date,
    nextExpiry: Number,
  },
  clients: { _id: text, data: text },
  users: { _id: text, username: text, data: text },
  keys: { _id: text, expiresAt: { type: Date, required: true } },
}

/** What is used of a model of mongoose. */
interface Model {
  collection: { collectionName: string }
  schema: object
}

const ours = new WeakSet<object>()

/**
 * Registers the models on the connection, for the application to look at: the store itself asks the
 * driver. With the indexes in them, a `syncIndexes()` of the application leaves ours alone. Throws
 * a TypeError where a name is taken.
 */
export function registerModels(
  connection: MongooseConnection,
  models: Names,
  collections: Names,
  retentionSeconds: number,
): void {
  const { Schema } = connection.base as { Schema: new (...args: unknown[]) => SchemaLike }
  const existing = connection.models as Record<string, Model | undefined>
  const indexes = indexesOf(retentionSeconds)
  for (const kind of Object.keys(definitions) as (keyof Names)[]) {
    const [name, collection] = [models[kind], collections[kind]]
    const taken = Object.hasOwn(existing, name) ? existing[name] : undefined
    if (taken) {
      if (ours.has(taken.schema) && taken.collection.collectionName === collection) continue
      throw new TypeError(
        `The connection has another model "${name}": give "models.${kind}" a name of its own`,
      )
    }
    const options = { autoIndex: false, autoCreate: false, versionKey: false, minimize: false }
    const schema = new Schema(definitions[kind], options)
    for (const { key, ...rest } of indexes[kind]) schema.index(key, rest)
    const model = connection.model(name, schema as never, collection) as Model
    // Mongoose may have made a copy.
    ours.add(model.schema)
  }
}

interface SchemaLike {
  index(key: unknown, options: object): unknown
}

import { withCode } from '@oauth2-kit/core/store-kit'
import type { NewCredential } from '@oauth2-kit/core'
import type { IndexDescription } from 'mongodb'
import type { MongooseConnection } from './connection'
import type { Names } from './options'

/** A code or token in the document of its grant; times in milliseconds since the epoch. */
export interface CredentialRow extends NewCredential {
  /** The hash of the first successor, once this was redeemed. */
  by?: string
  /** An access token that was revoked, and stays because a document must not be empty. */
  revoked?: true
}

/**
 * A grant: one document with everything of it that is in use, so that one command on it decides each
 * race.
 */
export interface GrantDocument {
  _id: string
  clientId: string
  userId: string | null
  createdAt: number
  data: string
  /** In the order in which they came: what was redeemed stands before its successors. Never empty. */
  credentials: CredentialRow[]
  /** How many of them were redeemed: when these are too many, the oldest move to a `PastDocument`. */
  redeemed: number
  /** When the last of what has moved expires; `null` = never. */
  pastUntil?: number | null
  /** Whether it had documents beside it, which go with it. */
  beside?: true
  /** When the last credential expires; `null` = never. The TTL index counts from here. */
  expiresAt: Date | null
  /** When the first of `credentials` expires: where `purge` begins. */
  nextExpiry: number | null
}

/**
 * Redeemed credentials of a grant that has many, so that its own document stays small. It stands
 * beside the grants, under the same unique index, so that `find` is one command. Their hashes have a
 * prefix: for a moment they stand in both documents. Holds nothing that changes.
 */
export interface PastDocument {
  _id: { past: string; first: string }
  grantId: string
  credentials: CredentialRow[]
  expiresAt: Date | null
  nextExpiry: number | null
}

/** The sealed answer of one attempt to redeem a credential. */
export interface AnswerAttempt {
  /** The hash of the attempt's first successor. */
  by: string
  createdAt: number
  expiresAt: number | null
  data: string
}

/**
 * A sealed answer. It is a document of its own, because the TTL index removes whole documents. It
 * counts while the grant exists and the attempt has won.
 */
export interface AnswerDocument {
  _id: { answer: string }
  grantId: string
  /** The hash of what was redeemed; left out if the answer was kept after the attempt had won. */
  of?: string
  credentials: { hash: string; kind: 'answer' }[]
  /** Attempts at the same time have the same hash: which of them won, the grant says. */
  attempts: AnswerAttempt[]
  removeAt: Date
}

/** A client: its members as JSON text, so that no key or value of it means anything to MongoDB. */
export interface ClientDocument {
  _id: string
  version: string
  data: string
}

/** A user, as JSON text likewise; once deleted, the mark of that. */
export interface UserDocument {
  _id: string
  username?: string
  version?: string
  data?: string
  /** Until when the user is marked as deleted. */
  deletedUntil?: Date
}

/** A short-lived record. */
export interface RecordDocument {
  _id: string
  data: string
  expiresAt: Date
}

/** The indexes of each collection. */
export function indexesOf(retentionSeconds: number): Record<keyof Names, IndexDescription[]> {
  return {
    grants: [
      { key: { 'credentials.hash': 1 }, unique: true },
      // With all that a page of a list is ordered by.
      { key: { userId: 1, clientId: 1, _id: 1 } },
      { key: { clientId: 1, _id: 1 } },
      { key: { nextExpiry: 1 } },
      { key: { expiresAt: 1 }, expireAfterSeconds: retentionSeconds },
      // Sparse: a grant itself has no entry in these.
      { key: { grantId: 1 }, sparse: true },
      { key: { removeAt: 1 }, expireAfterSeconds: 0, sparse: true },
    ],
    clients: [],
    users: [
      // Sparse: the mark of a deleted user has no username.
      { key: { username: 1 }, unique: true, sparse: true },
      { key: { deletedUntil: 1 }, expireAfterSeconds: 0, sparse: true },
    ],
    records: [{ key: { expiresAt: 1 }, expireAfterSeconds: 0 }],
  }
}

const text = { type: String, required: true }

const definitions: Record<keyof Names, object> = {
  grants: {
    // Of a grant it is text.
    _id: {},
    clientId: String,
    userId: String,
    createdAt: Number,
    data: String,
    credentials: [
      {
        _id: false,
        hash: text,
        kind: text,
        createdAt: Number,
        expiresAt: Number,
        data: String,
        by: String,
        revoked: Boolean,
      },
    ],
    redeemed: Number,
    pastUntil: Number,
    beside: Boolean,
    expiresAt: Date,
    nextExpiry: Number,
    grantId: String,
    of: String,
    attempts: {
      type: [{ _id: false, by: String, createdAt: Number, expiresAt: Number, data: String }],
      default: undefined,
    },
    removeAt: Date,
  },
  clients: { _id: text, version: text, data: text },
  users: { _id: text, username: String, version: String, data: String, deletedUntil: Date },
  records: { _id: text, data: text, expiresAt: { type: Date, required: true } },
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
      throw withCode(
        'OAUTH2_KIT_OPTION',
        new TypeError(
          `The connection has another model "${name}": give "models.${kind}" a name of its own`,
        ),
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

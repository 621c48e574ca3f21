import { withCode } from '@oauth2-kit/core/store-kit'
import type { NewCredential } from '@oauth2-kit/core'
import type { IndexDescription } from 'mongodb'
import type { MongooseConnection } from './database'
import type { Names } from './options'

/** A code or token in the document of its grant. Times are milliseconds since the epoch. */
export interface CredentialRow extends NewCredential {
  /** The hash of the first successor. Undefined until this credential is redeemed. */
  by?: string
  /** Set on an access token that was revoked, but stays because a document must not be empty. */
  revoked?: true
}

/**
 * A grant: one document with all its credentials in use, so that one command on it decides each
 * race.
 */
export interface GrantDocument {
  _id: string
  clientId: string
  userId: string | null
  createdAt: number
  data: string
  /**
   * In the order in which they were added: a redeemed one is before its successors. Never empty.
   */
  credentials: CredentialRow[]
  /** How many of them are redeemed. If there are too many, the oldest move to a `PastDocument`. */
  redeemed: number
  /** When the last of the moved credentials expires; `null` = never. */
  pastUntil?: number | null
  /** Set if the grant had documents beside it, which are removed with it. */
  beside?: true
  /** When the last credential expires; `null` = never. The TTL index counts from this time. */
  expiresAt: Date | null
  /** When the first of `credentials` expires, by which `purge` finds the grant. */
  nextExpiry: number | null
}

/**
 * Redeemed credentials of a grant that has many, so that its own document stays small. It is in the
 * collection of grants, under the same unique index, so that `find` is one command. The hashes have
 * a prefix, because for a moment both documents have the credential. The document never changes.
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
 * A sealed answer. It is a document of its own, because a TTL index removes whole documents. It
 * counts if the grant exists and the attempt has won.
 */
export interface AnswerDocument {
  _id: { answer: string }
  grantId: string
  /**
   * The hash of the redeemed credential. Undefined if the answer was stored after the attempt had
   * won.
   */
  of?: string
  credentials: { hash: string; kind: 'answer' }[]
  /** Attempts at the same time have the same answer hash. The grant records which of them won. */
  attempts: AnswerAttempt[]
  removeAt: Date
}

/** A client, as JSON text, so that its keys and values mean nothing to MongoDB. */
export interface ClientDocument {
  _id: string
  version: string
  data: string
}

/** A user, also as JSON text, or the deletion mark of a user. */
export interface UserDocument {
  _id: string
  username?: string
  version?: string
  data?: string
  /** Until when the user is marked as deleted. Only set in a mark. */
  deletedUntil?: Date
}

/** A short-lived record. */
export interface RecordDocument {
  _id: string
  data: string
  expiresAt: Date
}

/** Returns the indexes of each collection. */
export function indexesOf(retentionSeconds: number): Record<keyof Names, IndexDescription[]> {
  return {
    grants: [
      { key: { 'credentials.hash': 1 }, unique: true },
      // Has all members that a page of a list is ordered by.
      { key: { userId: 1, clientId: 1, _id: 1 } },
      { key: { clientId: 1, _id: 1 } },
      { key: { nextExpiry: 1 } },
      { key: { expiresAt: 1 }, expireAfterSeconds: retentionSeconds },
      // Sparse, so that grants have no entry in these.
      { key: { grantId: 1 }, sparse: true },
      { key: { removeAt: 1 }, expireAfterSeconds: 0, sparse: true },
    ],
    clients: [],
    users: [
      // Sparse, because the mark of a deleted user has no username.
      { key: { username: 1 }, unique: true, sparse: true },
      { key: { deletedUntil: 1 }, expireAfterSeconds: 0, sparse: true },
    ],
    records: [{ key: { expiresAt: 1 }, expireAfterSeconds: 0 }],
  }
}

const text = { type: String, required: true }

const definitions: Record<keyof Names, object> = {
  grants: {
    // Text for a grant, an object for the documents beside it.
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

/** The members that are used of a mongoose model. */
interface Model {
  collection: { collectionName: string }
  schema: object
}

const ours = new WeakSet<object>()

/**
 * Registers the models on the connection, for the application to use; the store itself uses the
 * driver. The models have the store's indexes, so that a `syncIndexes()` of the application does
 * not drop them. Throws a TypeError if a name is taken.
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
          `The connection already has a model "${name}": set "models.${kind}" to another name`,
        ),
      )
    }
    const options = { autoIndex: false, autoCreate: false, versionKey: false, minimize: false }
    const schema = new Schema(definitions[kind], options)
    for (const { key, ...rest } of indexes[kind]) schema.index(key, rest)
    const model = connection.model(name, schema as never, collection) as Model
    // Mongoose may have copied the schema.
    ours.add(model.schema)
  }
}

interface SchemaLike {
  index(key: unknown, options: object): unknown
}

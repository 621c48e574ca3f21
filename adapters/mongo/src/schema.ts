import { withCode } from '@oauth2-kit/core/store-kit'
import type { IndexDescription } from 'mongodb'
import type { MongooseConnection } from './database'
import type { Names } from './options'

/**
 * A code or token in the document of its grant. The names of the members are short, because a grant
 * has many of these.
 */
export interface TokenRow {
  /**
   * The kind: `c` = code, `r` = refresh token, `u` = mark of use, `a` = answer that was issued with
   * the grant. Undefined = access token.
   */
  k?: string
  /** The time at which it was created, in milliseconds since the epoch. */
  t: number
  /** Its lifetime in milliseconds; `null` = never expires. */
  l: number | null
  /** Its data. Undefined = empty. */
  d?: string
  /** The key of the first successor. Undefined until this credential is redeemed. */
  b?: string
  /** The key of the predecessor, whose data is removed when this credential is redeemed. */
  p?: string
  /** Set on an access token that was revoked, but stays because a document must not be empty. */
  x?: true
}

/** Credentials by their keys (see `namesOf`), in the order in which they were added. */
export type Tokens = Record<string, TokenRow>

/**
 * A grant: one document with all its credentials in use, so that one command on it decides each
 * race.
 */
export interface GrantDocument {
  _id: string
  clientId: string
  /** Undefined if the client acts for itself. */
  userId?: string
  createdAt: number
  data: string
  /** The ids of `tokens` (see `namesOf`), for the index. Never empty. */
  hashes: Uint8Array[]
  tokens: Tokens
  /** How many of them are redeemed. If there are too many, the oldest move to a `PastDocument`. */
  redeemed: number
  /** When the last of the moved credentials expires; `null` = never. */
  pastUntil?: number | null
  /** Set if the grant had documents beside it, which are removed with it. */
  beside?: true
  /** When the last credential expires; `null` = never. The TTL index counts from this time. */
  expiresAt: Date | null
  /**
   * When the first of `tokens` expires, by which `purge` finds the grant. Undefined if none does.
   */
  nextExpiry?: number
}

/**
 * Redeemed credentials of a grant that has many, so that its own document stays small. It is in the
 * collection of grants, under the same unique index, so that `find` is one command. The ids are
 * longer (see `pastId`), because for a moment both documents have the credential. The document never
 * changes.
 */
export interface PastDocument {
  _id: { past: string; first: string }
  grantId: string
  hashes: Uint8Array[]
  tokens: Tokens
  expiresAt: Date | null
  nextExpiry?: number
}

/** The sealed answer of one attempt to redeem a credential. The members are those of `TokenRow`. */
export interface AnswerAttempt extends Pick<TokenRow, 't' | 'l' | 'd'> {
  /** The key of the attempt's first successor. Undefined if the attempt had already won. */
  by?: string
}

/**
 * A sealed answer. It is a document of its own, because a TTL index removes whole documents. It
 * counts if the grant exists and the attempt has won.
 */
export interface AnswerDocument {
  _id: { answer: Uint8Array }
  grantId: string
  /**
   * The key of the redeemed credential. Undefined if the answer was stored after the attempt had
   * won.
   */
  of?: string
  hashes: Uint8Array[]
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
      { key: { hashes: 1 }, unique: true },
      // Each of the others has entries only of the documents that it is for: an entry takes time and
      // space. These two have all members that a page of a list is ordered by.
      { key: { userId: 1, clientId: 1, _id: 1 }, ...only('userId') },
      { key: { clientId: 1, _id: 1 }, ...only('clientId') },
      { key: { nextExpiry: 1 }, sparse: true },
      { key: { expiresAt: 1 }, expireAfterSeconds: retentionSeconds, sparse: true },
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

/** Leaves the documents without that member out of an index on several members. */
function only(member: keyof GrantDocument) {
  return { partialFilterExpression: { [member]: { $exists: true } } }
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
    hashes: [Buffer],
    // By key, see `TokenRow`.
    tokens: {},
    redeemed: Number,
    pastUntil: Number,
    beside: Boolean,
    expiresAt: Date,
    nextExpiry: Number,
    grantId: String,
    of: String,
    attempts: {
      type: [{ _id: false, by: String, t: Number, l: Number, d: String }],
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

import type { Collection, Db, Document, WriteConcernSettings } from 'mongodb'
import { type MongoDatabase, type MongooseConnection, databaseOf } from './database'
import { type CurrentRead, currentReads } from './current-reads'
import type { Names, WriteConcern } from './options'
import type {
  AnswerDocument,
  ClientDocument,
  GrantDocument,
  PastDocument,
  RecordDocument,
  UserDocument,
} from './schema'

/** The database of a store, and its collections. */
export interface Collections {
  db: Db
  grants: Collection<GrantDocument>
  /** The same collection, for the redeemed credentials that were moved out of a grant. */
  past: Collection<PastDocument>
  /** The same collection, for the sealed answers. */
  answers: Collection<AnswerDocument>
  clients: Collection<ClientDocument>
  users: Collection<UserDocument>
  records: Collection<RecordDocument>
  current: CurrentRead
}

/**
 * Overrides the settings of the client and the database, so that values are written and read as
 * plain JavaScript values.
 */
const plainValues = {
  ignoreUndefined: false,
  promoteValues: true,
  promoteLongs: true,
  useBigInt64: false,
  raw: false,
} as const

/**
 * Returns a function that returns the collections, or resolves with them once the connection is
 * open.
 */
export function collectionsOf(
  connection: MongooseConnection | MongoDatabase,
  names: Names,
  writeConcern: Required<WriteConcern>,
): () => Collections | Promise<Collections> {
  const database = databaseOf(connection)
  const options = {
    ...plainValues,
    writeConcern: writeConcern as WriteConcernSettings,
    // A secondary may not have received a revocation yet. For an outdated primary, see `current`.
    readPreference: 'primary',
    readConcern: { level: 'local' },
  } as const
  let known: Collections | undefined

  function on(db: Db): Collections {
    // A mongoose connection that is opened again has another Db.
    if (known?.db !== db) {
      const collection = <T extends Document>(name: string) => db.collection<T>(name, options)
      known = {
        db,
        grants: collection(names.grants),
        past: collection(names.grants),
        answers: collection(names.grants),
        clients: collection(names.clients),
        users: collection(names.users),
        records: collection(names.records),
        current: currentReads(writeConcern.wtimeoutMS),
      }
    }
    return known
  }

  return () => {
    const db = database()
    return db instanceof Promise ? db.then((found) => on(found as Db)) : on(db as Db)
  }
}

import type { Collection, Db, WriteConcernSettings } from 'mongodb'
import { type MongoDatabase, type MongooseConnection, databaseOf } from './connection'
import type { Names, WriteConcern } from './options'
import type { ClientDocument, GrantDocument, KeyDocument, UserDocument } from './schema'

/** The database of a store, and its collections. */
export interface Collections {
  db: Db
  grants: Collection<GrantDocument>
  clients: Collection<ClientDocument>
  users: Collection<UserDocument>
  keys: Collection<KeyDocument>
}

/** Whatever the client or database is set to, values go in and come out as JavaScript has them. */
const plainValues = {
  ignoreUndefined: false,
  promoteValues: true,
  promoteLongs: true,
  useBigInt64: false,
  raw: false,
} as const

/** Gives the collections, once there is a connection. */
export function collectionsOf(
  connection: MongooseConnection | MongoDatabase,
  names: Names,
  writeConcern: WriteConcern,
): () => Collections | Promise<Collections> {
  const database = databaseOf(connection)
  const options = {
    ...plainValues,
    writeConcern: writeConcern as WriteConcernSettings,
    // A secondary may not know yet what was revoked.
    readPreference: 'primary',
    readConcern: { level: 'local' },
  } as const
  let known: Collections | undefined

  function on(db: Db): Collections {
    // A connection of mongoose that is opened again has another one.
    if (known?.db !== db) {
      known = {
        db,
        grants: db.collection(names.grants, options),
        clients: db.collection(names.clients, options),
        users: db.collection(names.users, options),
        keys: db.collection(names.keys, options),
      }
    }
    return known
  }

  return () => {
    const db = database()
    return db instanceof Promise ? db.then((found) => on(found as Db)) : on(db as Db)
  }
}

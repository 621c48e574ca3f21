import { withKeyRules } from '@oauth2-kit/core/store-kit'
import type { Manifest, Store } from '@oauth2-kit/core'
import { check } from './check'
import { clientMethods } from './clients'
import { credentialMethods } from './credentials'
import type { Database } from './database'
import { issueMethod } from './issuing'
import { grantMethods } from './grants'
import { purge } from './purge'
import { recordMethods } from './records'
import { userMethods } from './users'

/** Returns the methods of the contract, on the caller's client. */
export function createStore(database: Database, batchSize: number): Store {
  const users = database.names.users !== null
  const grants = grantMethods(database, batchSize)
  return withKeyRules({
    supports: manifest(users),
    ...clientMethods(database, grants.revoke),
    ...issueMethod(database),
    ...credentialMethods(database),
    ...grants,
    ...recordMethods(database),
    ...(users ? userMethods(database, grants.revoke) : {}),
    purge: (before, limit) => purge(database, before, limit, batchSize),
    check: () => check(database, batchSize),
  })
}

function manifest(users: boolean): Manifest {
  return Object.freeze({
    contract: 1,
    roundTrips: Object.freeze({
      find: 1,
      // The second one checks the client and the user.
      issue: 2,
      redeem: 1,
      extend: 1,
      revoke: 1,
      addRecord: 1,
      // The first one reads the row, the second one deletes it.
      takeRecord: 2,
    }),
    cleanup: 'purge',
    users,
    durable: true,
    tenants: false,
    multiProcess: true,
  })
}

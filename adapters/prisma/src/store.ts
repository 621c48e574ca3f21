import type { Manifest, Store } from '@oauth2-kit/core'
import { check } from './check'
import { clientsOf } from './clients'
import { credentialsOf } from './credentials'
import type { Database } from './database'
import { issuingOf } from './issuing'
import { purge } from './purge'
import { recordsOf } from './records'
import { revocationOf } from './revocation'
import { usersOf } from './users'

/** Returns the methods of the contract, on the user's client. */
export function storeOf(database: Database, batchSize: number): Store {
  const users = database.names.users !== null
  const clients = clientsOf(database)
  const revocation = revocationOf(database, batchSize)
  return {
    supports: manifest(users),
    ...clients,
    ...issuingOf(database),
    ...credentialsOf(database),
    ...revocation,
    ...recordsOf(database),

    async deleteClient(id) {
      // Delete the client first. Later grants are refused without it, and earlier ones are found
      // below.
      await clients.deleteClient(id)
      await revocation.revoke({ clientId: id })
    },

    purge: (before, limit) => purge(database, before, limit, batchSize),
    check: () => check(database),
    ...(users ? usersWithGrants(database, revocation) : {}),
  }
}

function usersWithGrants(database: Database, revocation: Pick<Store, 'revoke'>) {
  const users = usersOf(database)
  return {
    ...users,
    async deleteUser(id: string, markUntil: number): Promise<void> {
      await users.deleteUser(id, markUntil)
      await revocation.revoke({ userId: id })
    },
  }
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

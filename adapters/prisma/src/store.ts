import type { Manifest, Store } from '@oauth2-kit/core'
import { check } from './check'
import { credentialsOf } from './credentials'
import type { Database } from './database'
import { purge } from './purge'
import { recordsOf, usersOf } from './records'
import { revocationOf } from './revocation'

/** The contract over the user's client, but for the users. */
export function storeOf(database: Database, batchSize: number): Store {
  const users = database.names.users !== null
  const records = recordsOf(database)
  const revocation = revocationOf(database, batchSize)
  return {
    supports: manifest(users),
    ...records,
    ...credentialsOf(database),
    ...revocation,

    async deleteClient(id) {
      await records.deleteClient(id)
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
    async deleteUser(id: string): Promise<void> {
      await users.deleteUser(id)
      await revocation.revoke({ userId: id })
    },
  }
}

function manifest(users: boolean): Manifest {
  return Object.freeze({
    contract: 1,
    roundTrips: Object.freeze({ find: 1, issue: 1, redeem: 1, extend: 1, revoke: 1 }),
    cleanup: 'purge',
    users,
    durable: true,
    tenants: false,
    multiProcess: true,
  })
}

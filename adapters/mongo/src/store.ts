import type { Manifest, Store } from '@oauth2-kit/core'
import { clientsOf } from './clients'
import type { Collections } from './collections'
import { grantsOf } from './grants'
import { listGrants } from './lists'
import { purge } from './purge'
import { recordsOf } from './records'
import { revoke } from './revocation'
import { usersOf } from './users'

/** The manifest of a store in MongoDB. */
export const supports: Manifest = Object.freeze({
  contract: 1,
  roundTrips: Object.freeze({
    find: 1,
    // The second one checks the client and the user: a standalone server has no transactions.
    issue: 2,
    redeem: 1,
    extend: 1,
    // The second one removes the documents beside a grant that had sealed answers.
    revoke: 2,
    addRecord: 1,
    takeRecord: 1,
  }),
  cleanup: 'native',
  users: true,
  durable: true,
  tenants: true,
  multiProcess: true,
})

/** Returns the methods of the contract, except `check`. */
export function storeOf(
  collections: () => Collections | Promise<Collections>,
  retentionMs: number,
): Omit<Required<Store>, 'check'> {
  return {
    supports,
    ...clientsOf(collections),
    ...usersOf(collections),
    ...grantsOf(collections, retentionMs),
    ...recordsOf(collections),
    revoke: async (selector) => revoke(await collections(), selector),
    listGrants: async (selector, page) => listGrants(await collections(), selector, page),
    purge: async (before, limit) => purge(await collections(), before, limit),
  }
}

import { withKeyRules } from '@oauth2-kit/core/store-kit'
import type { Manifest, Store } from '@oauth2-kit/core'
import { check } from './check'
import { clientMethods } from './clients'
import type { Collections } from './collections'
import { credentialMethods } from './credentials'
import { grantMethods } from './grants'
import type { WriteConcern } from './options'
import { purge } from './purge'
import { recordMethods } from './records'
import { userMethods } from './users'

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

/** The settings of a store. */
export interface StoreSettings {
  retentionSeconds: number
  writeConcern: Required<WriteConcern>
}

/** Returns the methods of the contract. */
export function createStore(
  collections: () => Collections | Promise<Collections>,
  { retentionSeconds, writeConcern }: StoreSettings,
): Required<Store> {
  return withKeyRules({
    supports,
    ...clientMethods(collections),
    ...credentialMethods(collections, retentionSeconds * 1000),
    ...grantMethods(collections),
    ...recordMethods(collections),
    ...userMethods(collections),
    purge: async (before, limit) => purge(await collections(), before, limit),
    check: async () => check(await collections(), retentionSeconds, writeConcern),
  })
}

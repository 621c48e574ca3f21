import { withKeyRules } from '@oauth2-kit/core/store-kit'
import type { Manifest, Store } from '@oauth2-kit/core'
import type { Keep } from './changes'
import { clientMethods } from './clients'
import type { Content } from './content'
import { credentialMethods } from './credentials'
import { grantMethods } from './grants'
import { purge } from './purge'
import { recordMethods } from './records'
import { userMethods } from './users'

/**
 * Returns the methods of the contract. Except for `purge` and the revocation of many grants, each
 * method does all its work before its first `await`, so no other call can come in between.
 */
export function createStore(
  content: Content,
  { durable, keep }: { durable: boolean; keep: Keep },
): Required<Store> {
  const grants = grantMethods(content, keep)
  return withKeyRules({
    supports: manifest(durable),
    ...clientMethods(content, keep, grants.revoke),
    ...credentialMethods(content, keep),
    ...grants,
    ...recordMethods(content, keep),
    ...userMethods(content, keep, grants.revoke),
    purge: (before, limit) => purge(content, before, limit),
    check: async () => [],
  })
}

const roundTrips = Object.freeze({
  find: 0,
  issue: 0,
  redeem: 0,
  extend: 0,
  revoke: 0,
  addRecord: 0,
  takeRecord: 0,
})

function manifest(durable: boolean): Manifest {
  return Object.freeze({
    contract: 1,
    roundTrips,
    cleanup: 'native',
    users: true,
    durable,
    tenants: false,
    multiProcess: false,
  })
}

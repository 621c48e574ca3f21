import { withKeyRules } from '@oauth2-kit/core/store-kit'
import { randomBytes } from 'node:crypto'
import type { Manifest, Selector, Store } from '@oauth2-kit/core'
import { clientMethods } from './clients'
import { onCluster } from './cluster'
import { credentialMethods } from './credentials'
import type { Database } from './database'
import { wordsOf } from './grant-commands'
import { grantMethods } from './grants'
import { recordMethods } from './records'
import type { Keys } from './schema'
import { onSingleNode } from './single-node'
import { userMethods } from './users'

/** The maximum time that short-lived entries are kept after their expiry, in milliseconds. */
const mostSlackMs = 30_000

/** The settings of a store. */
export interface StoreSettings {
  keys: Keys
  retentionMs: number
  batchSize: number
  check: Store['check']
}

/** Returns the methods of the contract. */
export function createStore(
  database: Database,
  { keys, retentionMs, batchSize, check }: StoreSettings,
): Required<Store> {
  const { isCluster } = database
  const slackMs = Math.min(retentionMs, mostSlackMs)
  const commands = (isCluster ? onCluster : onSingleNode)(database, keys, retentionMs)
  const grants = grantMethods(database, commands, { keys, retentionMs, batchSize })
  const revoke = (selector: Selector) => grants.revoke(selector)
  const call = callNames()
  const words = wordsOf(keys, { retentionMs, slackMs }, call)

  return withKeyRules({
    supports: manifest(isCluster),
    ...clientMethods(database, keys, revoke),
    ...credentialMethods(database, commands, keys, words),
    ...grants,
    ...recordMethods(database, keys, slackMs, call),
    ...userMethods(database, keys, slackMs, revoke),
    // Redis removes expired keys itself.
    purge: async () => ({ deleted: 0, more: false }),
    check,
  })
}

function manifest(isCluster: boolean): Manifest {
  const trips = isCluster
    ? { find: 1, issue: 3, redeem: 2, extend: 2, revoke: 3, addRecord: 1, takeRecord: 1 }
    : { find: 1, issue: 1, redeem: 1, extend: 1, revoke: 1, addRecord: 1, takeRecord: 1 }
  return Object.freeze({
    contract: 1,
    roundTrips: Object.freeze(trips),
    cleanup: 'native',
    users: true,
    durable: true,
    tenants: true,
    multiProcess: true,
  })
}

/**
 * Returns a function that returns a new name for each call, unique across all processes. If a reply
 * was lost, ioredis sends the command again, and the scripts recognize the call by this name.
 */
function callNames(): () => string {
  const store = randomBytes(6).toString('base64url')
  let calls = 0
  return () => store + (calls++).toString(36)
}

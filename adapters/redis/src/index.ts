import type { Store } from '@oauth2-kit/core'
import { check, warnOfEviction } from './check'
import { type RedisClient, openDatabase } from './database'
import { type RedisStoreOptions, assertOwnKeys, keyPrefixOf, readStoreOptions } from './options'
import { keysOf } from './schema'
import { createStore } from './store'

export type { RedisClient } from './database'
export type { RedisStoreOptions } from './options'

/** A store in Redis. */
export type RedisStore = Required<Store>

/**
 * Returns a store in Redis 6.2 or later, or Valkey, on a single node or a Cluster. The store
 * neither configures nor closes the client. Throws a TypeError if the client or an option is wrong.
 */
export function redisStore(redis: RedisClient, options: RedisStoreOptions = {}): RedisStore {
  const { prefix, tenant, retentionSeconds, batchSize, waitReplicas, waitMs } =
    readStoreOptions(options)
  const keyPrefix = keyPrefixOf(redis)
  assertOwnKeys(keyPrefix, prefix)
  const keys = keysOf(prefix, tenant, keyPrefix)
  const replicas = { count: waitReplicas, milliseconds: waitMs }
  const retentionMs = Math.ceil(retentionSeconds * 1000)
  warnOfEviction(redis)
  return createStore(openDatabase(redis, replicas), {
    keys,
    retentionMs,
    batchSize,
    check: () => check(redis, { prefix: keys.made.all, waitMs: waitReplicas === 0 ? 0 : waitMs }),
  })
}

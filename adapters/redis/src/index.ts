import type { Store } from '@oauth2-kit/core'
import { findingsOf, warnOfEviction } from './check'
import { type RedisClient, connection } from './connection'
import { type RedisStoreOptions, assertOwnKeys, keyPrefixOf, readRedisOptions } from './options'
import { keysOf } from './schema'
import { storeOf } from './store'

export type { RedisClient } from './connection'
export type { RedisStoreOptions } from './options'

/** A store in Redis. */
export type RedisStore = Required<Store>

/**
 * A store in Redis 6.2 or later, or Valkey: one node, or a Cluster. The client stays the caller's:
 * it is not configured, and not closed. Throws a TypeError for a wrong option or client.
 */
export function redisStore(redis: RedisClient, options: RedisStoreOptions = {}): RedisStore {
  const { prefix, tenant, retentionSeconds, batchSize, waitReplicas, waitMs } =
    readRedisOptions(options)
  const keyPrefix = keyPrefixOf(redis)
  assertOwnKeys(keyPrefix, prefix)
  const keys = keysOf(prefix, tenant, keyPrefix)
  const replicas = { count: waitReplicas, milliseconds: waitMs }
  const retentionMs = Math.ceil(retentionSeconds * 1000)
  warnOfEviction(redis)
  return {
    ...storeOf(connection(redis, replicas), { keys, retentionMs, batchSize }),
    check: () => findingsOf(redis, waitReplicas === 0 ? 0 : waitMs),
  }
}

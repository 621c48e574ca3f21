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
 * Returns a store in Redis 6.2 or later, or Valkey, on a single node or a Cluster. The store
 * neither configures nor closes the client. Throws a TypeError if the client or an option is wrong.
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

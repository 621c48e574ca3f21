import {
  OptionError,
  type Rules,
  optionError,
  readOptions,
  seconds,
  text,
  wholeNumber,
} from '@oauth2-kit/core/store-kit'
import { type RedisClient, isCluster } from './database'
import { isAmbiguous } from './schema'

/** Options of `redisStore()`. */
export interface RedisStoreOptions {
  /**
   * The prefix of every key, without the colon that follows it. It must not contain braces, which
   * would determine the slots of keys. A part after a colon must not look like the type of a key or
   * a tenant.
   * @default oauth
   */
  prefix?: string
  /** The name of a tenant. Tenants do not see each other's entries. @default none */
  tenant?: string
  /**
   * Seconds for which codes and tokens are kept after they expire, so that a late replay is
   * detected.
   * @default 3600
   */
  retentionSeconds?: number
  /** How many grants of a client or user are revoked at once. @default 100 */
  batchSize?: number
  /**
   * How many replicas must acknowledge a write. The call rejects if there are not enough.
   * @default 0
   */
  waitReplicas?: number
  /** How long to wait for the replicas, in milliseconds. @default 500 */
  waitMs?: number
}

/** The defaults of `redisStore()`. */
export const defaults = Object.freeze({
  prefix: 'oauth',
  retentionSeconds: 3600,
  batchSize: 100,
  waitReplicas: 0,
  waitMs: 500,
})

const rules: Rules<RedisStoreOptions> = {
  prefix: [
    (value) => text[0](value) && !/[{}]/.test(value as string),
    'must be text without braces, which would determine the slots of keys',
  ],
  tenant: text,
  retentionSeconds: seconds,
  batchSize: wholeNumber(1),
  waitReplicas: wholeNumber(0),
  waitMs: wholeNumber(1),
}

/** Reads the options. Throws an OptionError if one is wrong. */
export function readStoreOptions(options: RedisStoreOptions) {
  return readOptions(options, rules, { of: 'redisStore()', defaults })
}

/**
 * Returns the prefix that the client adds to keys. Throws an OptionError if the client is not one
 * of ioredis, or if its settings would break the contract.
 */
export function keyPrefixOf(client: RedisClient): string {
  if (typeof client?.pipeline !== 'function' || typeof client.isCluster !== 'boolean') {
    throw optionError('redis', 'must be a Redis or Cluster of ioredis')
  }
  // A replica may not have received a revocation yet.
  if (isCluster(client) && (client.options.scaleReads ?? 'master') !== 'master') {
    throw optionError(
      'scaleReads',
      'must be "master": a replica may return tokens that are already revoked',
    )
  }
  if (!isCluster(client) && client.options.sentinels && client.options.role === 'slave') {
    throw optionError(
      'role',
      'must be "master": a replica refuses writes, and may return tokens that are already revoked',
    )
  }
  const keyPrefix: unknown = client.options.keyPrefix ?? ''
  if (typeof keyPrefix !== 'string') throw optionError('keyPrefix', 'must be a string')
  const [, brace] = /(\{[^}]*\}?)/.exec(keyPrefix) ?? []
  if (brace !== undefined && !/^\{[^}]+\}$/.test(brace)) {
    throw optionError('keyPrefix', 'must have a name between its braces, or no braces')
  }
  return keyPrefix
}

/**
 * Throws an OptionError if keys with this prefix could also be keys of a store with another prefix
 * or tenant.
 */
export function assertOwnKeys(keyPrefix: string, prefix: string): void {
  if (!isAmbiguous(keyPrefix + prefix)) return
  const name =
    keyPrefix === '' ? '"prefix"' : '"prefix" with the "keyPrefix" of the client before it'
  throw new OptionError(
    'prefix',
    `${name} could share keys with another store: after a colon, do not use the parts t, g, m, xs, ga, gc, gu, c, cs, r or {u}, or a last part that begins with @`,
  )
}

import {
  OptionError,
  type Rules,
  optionError,
  readOptions,
  seconds,
  text,
  wholeNumber,
} from '@oauth2-kit/core/store-kit'
import { type RedisClient, isCluster } from './connection'
import { isAmbiguous } from './schema'

/** Options of `redisStore()`. */
export interface RedisStoreOptions {
  /**
   * What every key begins with, and a colon. It has no braces, which would decide about slots, and
   * nothing behind a colon that looks like the next part of a key. @default oauth
   */
  prefix?: string
  /** The name of a tenant, who sees nothing of any other one. @default none */
  tenant?: string
  /**
   * Seconds that something is kept after it has expired, so that a late replay is noticed. @default
   * 3600
   */
  retentionSeconds?: number
  /** Grants of a client or user that are revoked or listed at once. @default 100 */
  batchSize?: number
  /**
   * Replicas that must have a write before it counts; without enough of them the call rejects.
   * @default 0
   */
  waitReplicas?: number
  /** Milliseconds that replicas may take for it. @default 500 */
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
    'must be text without braces, which would decide about slots',
  ],
  tenant: text,
  retentionSeconds: seconds,
  batchSize: wholeNumber(1),
  waitReplicas: wholeNumber(0),
  waitMs: wholeNumber(1),
}

/** Reads the options. Throws an OptionError. */
export function readRedisOptions(options: RedisStoreOptions) {
  return readOptions(options, rules, { of: 'redisStore()', defaults })
}

/**
 * What the client puts before a key. Throws a TypeError for what is no client, and for one that
 * could not keep the contract.
 */
export function keyPrefixOf(client: RedisClient): string {
  if (typeof client?.pipeline !== 'function' || typeof client.isCluster !== 'boolean') {
    throw optionError('redis', 'must be a Redis or Cluster of ioredis')
  }
  // A replica may not have heard yet that something was revoked.
  if (isCluster(client) && (client.options.scaleReads ?? 'master') !== 'master') {
    throw optionError('scaleReads', 'must be "master": a replica may give what is revoked already')
  }
  const keyPrefix: unknown = client.options.keyPrefix ?? ''
  if (typeof keyPrefix !== 'string') throw optionError('keyPrefix', 'must be a string')
  const [, brace] = /(\{[^}]*\}?)/.exec(keyPrefix) ?? []
  if (brace !== undefined && !/^\{[^}]+\}$/.test(brace)) {
    throw optionError('keyPrefix', 'must name a slot between its braces, or have none')
  }
  return keyPrefix
}

/**
 * Throws a TypeError if the keys that begin so could be those of a store with another prefix or
 * tenant.
 */
export function assertOwnKeys(keyPrefix: string, prefix: string): void {
  if (!isAmbiguous(keyPrefix + prefix)) return
  const name =
    keyPrefix === '' ? '"prefix"' : '"prefix" with the "keyPrefix" of the client before it'
  throw new OptionError(
    'prefix',
    `${name} could share keys with another store: behind a colon, avoid a last part that begins with @, and the parts t, g, m, x, xs, c, cs, gc, gu, r and {u}`,
  )
}

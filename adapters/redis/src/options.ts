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

const known = [...Object.keys(defaults), 'tenant']

/** The options, with defaults. Throws a TypeError for a wrong one. */
export function settingsOf(options: RedisStoreOptions) {
  const unknown = Object.keys(options).find((name) => !known.includes(name))
  if (unknown) {
    throw new TypeError(`"${unknown}" is no option of redisStore(); take ${known.join(', ')}`)
  }
  const {
    prefix = defaults.prefix,
    tenant,
    retentionSeconds = defaults.retentionSeconds,
    batchSize = defaults.batchSize,
    waitReplicas = defaults.waitReplicas,
    waitMs = defaults.waitMs,
  } = options
  if (!isText(prefix) || /[{}]/.test(prefix)) {
    throw new TypeError('"prefix" must be text without braces, which would decide about slots')
  }
  if (tenant !== undefined && !isText(tenant)) throw new TypeError('"tenant" must be text')
  if (typeof retentionSeconds !== 'number' || !(retentionSeconds >= 0)) {
    throw new TypeError('"retentionSeconds" must be a number of seconds, 0 or more')
  }
  assertCount('batchSize', batchSize, 1)
  assertCount('waitReplicas', waitReplicas, 0)
  assertCount('waitMs', waitMs, 1)
  return { prefix, tenant, retentionSeconds, batchSize, waitReplicas, waitMs }
}

/**
 * What the client puts before a key. Throws a TypeError for what is no client, and for one that
 * could not keep the contract.
 */
export function keyPrefixOf(client: RedisClient): string {
  if (typeof client?.pipeline !== 'function' || typeof client.isCluster !== 'boolean') {
    throw new TypeError('"redis" must be a Redis or Cluster of ioredis')
  }
  // A replica may not have heard yet that something was revoked.
  if (isCluster(client) && (client.options.scaleReads ?? 'master') !== 'master') {
    throw new TypeError('"scaleReads" must be "master": a replica may give what is revoked already')
  }
  const keyPrefix: unknown = client.options.keyPrefix ?? ''
  if (typeof keyPrefix !== 'string') throw new TypeError('"keyPrefix" must be a string')
  const [, brace] = /(\{[^}]*\}?)/.exec(keyPrefix) ?? []
  if (brace !== undefined && !/^\{[^}]+\}$/.test(brace)) {
    throw new TypeError('"keyPrefix" must name a slot between its braces, or have none')
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
  throw new TypeError(
    `${name} could share keys with another store: behind a colon, avoid a last part that begins with @, and the parts t, g, m, x, xs, c, cs, gc, gu, r and {u}`,
  )
}

function assertCount(name: string, value: unknown, least: number): void {
  if (!Number.isSafeInteger(value) || (value as number) < least) {
    throw new TypeError(`"${name}" must be a whole number, ${least} or more`)
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.isWellFormed()
}

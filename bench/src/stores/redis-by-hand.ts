import type { Client, Credential, Grant, GrantRef, NewCredential } from '@oauth2-kit/core'
import type { ChainableCommander, Redis } from 'ioredis'

// The commands of the store's scripts, as a program would send them in one pipeline. They lack the
// checks that need an intermediate reply, so they are not safe.

const retentionMs = 3_600_000
/** How long an answer is kept after its expiry, in milliseconds. */
const slackMs = 30_000

/**
 * Writes a new grant and its credentials. If `registered` is set, it checks the client and the user
 * first.
 */
export function issueByHand(
  client: Redis,
  prefix: string,
  grant: Grant,
  credentials: NewCredential[],
  registered?: Client,
): Promise<unknown> {
  const { id, clientId, userId, createdAt, data } = grant
  const pipeline = client.pipeline()
  pipeline.hmget(`${prefix}:g:{${id}}`, 'c', 'n')
  if (registered) {
    pipeline.getrange(`${prefix}:c:${clientId}`, 0, registered.version.length)
    pipeline.exists(`${prefix}:{u}:d:${userId}`)
  }
  for (const { hash } of credentials) pipeline.exists(`${prefix}:t:${hash}`)
  pipeline.hset(`${prefix}:g:{${id}}`, { c: clientId, i: createdAt, d: data, n: id })
  pipeline.hset(`${prefix}:g:{${id}}`, 'u', String(userId))
  add(pipeline, prefix, grant, credentials)
  return pipeline.exec()
}

/** Writes the successors and the redemption mark. */
export function redeemByHand(
  client: Redis,
  prefix: string,
  { hash, expiresAt, grant }: Credential,
  successors: NewCredential[],
): Promise<unknown> {
  const pipeline = client.pipeline()
  const { grant: key, members, redeemed } = keysOf(prefix, grant)
  const mark = `${prefix}:x:{${grant.id}}:${hash}`
  const [first] = successors
  const goes = expiresAt! + retentionMs
  pipeline.hexists(key, 'd')
  pipeline.zscore(members, hash)
  pipeline.get(mark)
  for (const successor of successors) pipeline.exists(`${prefix}:t:${successor.hash}`)
  pipeline.set(mark, first!.hash, 'PXAT', goes)
  pipeline.zrem(members, hash)
  pipeline.zadd(redeemed, goes, hash)
  pipeline.hget(key, `p:${hash}`)
  pipeline.hset(key, `p:${first!.hash}`, hash)
  add(pipeline, prefix, grant, successors)
  return pipeline.exec()
}

function add(
  pipeline: ChainableCommander,
  prefix: string,
  grant: GrantRef,
  credentials: NewCredential[],
): void {
  const { grant: key, members, redeemed } = keysOf(prefix, grant)
  const indexes = [`${prefix}:gc:${grant.clientId}`, `${prefix}:gu:${grant.userId}`]
  const last = Math.max(...credentials.map(endOf))
  for (const one of credentials) {
    pipeline.set(`${prefix}:t:${one.hash}`, textOf(one, grant), 'PXAT', endOf(one))
    pipeline.zadd(members, endOf(one), one.hash)
  }
  for (const index of indexes) pipeline.zadd(index, 'GT', last, grant.id)
  for (const set of [members, redeemed, ...indexes]) {
    pipeline.zrangebyscore(set, '-inf', `(${Date.now()}`, 'LIMIT', 0, 100)
    pipeline.zrange(set, '-1', '-1', 'WITHSCORES')
  }
  for (const own of [key, members, redeemed, ...indexes]) pipeline.pexpireat(own, last)
}

function keysOf(prefix: string, { id }: GrantRef) {
  return {
    grant: `${prefix}:g:{${id}}`,
    members: `${prefix}:m:{${id}}`,
    redeemed: `${prefix}:xs:{${id}}`,
  }
}

function textOf({ kind, createdAt, expiresAt, data }: NewCredential, grant: GrantRef): string {
  return `${JSON.stringify([kind, createdAt, expiresAt, grant.id, grant.clientId, grant.userId])}\n${data}`
}

function endOf({ kind, expiresAt }: NewCredential): number {
  return expiresAt! + (kind === 'answer' ? slackMs : retentionMs)
}

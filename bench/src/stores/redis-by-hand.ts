import type { Credential, Grant, GrantRef, NewCredential } from '@oauth2-kit/core'
import type { ChainableCommander, Redis } from 'ioredis'

// What the store's scripts do, as a program would send it in one pipeline: without the checks that
// need an answer in between, so it is not safe.

const retentionMs = 3_600_000

/** Writes a new grant and its credentials. */
export function issueByHand(
  client: Redis,
  prefix: string,
  grant: Grant,
  credentials: NewCredential[],
): Promise<unknown> {
  const { id, clientId, userId, createdAt, data } = grant
  const pipeline = client.pipeline()
  pipeline.hget(`${prefix}:g:{${id}}`, 'n')
  for (const { hash } of credentials) pipeline.exists(`${prefix}:t:${hash}`)
  pipeline.hset(`${prefix}:g:{${id}}`, { c: clientId, u: userId, i: createdAt, d: data, n: id })
  add(pipeline, prefix, grant, credentials)
  return pipeline.exec()
}

/** Writes the successors and the mark of use. */
export function redeemByHand(
  client: Redis,
  prefix: string,
  { hash, expiresAt, grant }: Credential,
  successors: NewCredential[],
): Promise<unknown> {
  const pipeline = client.pipeline()
  const mark = `${prefix}:x:{${grant.id}}:${hash}`
  pipeline.hmget(`${prefix}:g:{${grant.id}}`, 'c', 'r')
  pipeline.zscore(`${prefix}:m:{${grant.id}}`, hash)
  pipeline.get(mark)
  for (const successor of successors) pipeline.exists(`${prefix}:t:${successor.hash}`)
  const [first] = successors
  pipeline.set(mark, `${first!.hash}\n${textOf(first!, grant)}`, 'PXAT', endOf(expiresAt))
  add(pipeline, prefix, grant, successors)
  return pipeline.exec()
}

function add(
  pipeline: ChainableCommander,
  prefix: string,
  grant: GrantRef,
  credentials: NewCredential[],
): void {
  const own = [`${prefix}:g:{${grant.id}}`, `${prefix}:m:{${grant.id}}`]
  const indexes = [`${prefix}:gc:${grant.clientId}`, `${prefix}:gu:${grant.userId}`]
  const last = Math.max(...credentials.map(({ expiresAt }) => endOf(expiresAt)))
  for (const one of credentials) {
    const end = endOf(one.expiresAt)
    pipeline.set(`${prefix}:t:${one.hash}`, textOf(one, grant), 'PXAT', end)
    pipeline.zadd(own[1]!, end, one.hash)
  }
  for (const set of [own[1]!, ...indexes]) {
    pipeline.zrangebyscore(set, '-inf', Date.now(), 'LIMIT', 0, 100)
    pipeline.zrange(set, '-1', '-1', 'WITHSCORES')
  }
  for (const index of indexes) pipeline.zadd(index, 'GT', last, grant.id)
  for (const key of [...own, ...indexes]) pipeline.pexpireat(key, last)
}

function textOf({ kind, createdAt, expiresAt, data }: NewCredential, grant: GrantRef): string {
  return `${JSON.stringify([kind, createdAt, expiresAt, grant.id, grant.clientId, grant.userId])}\n${data}`
}

function endOf(expiresAt: number | null): number {
  return expiresAt! + retentionMs
}

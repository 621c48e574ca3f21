import type { Client, Credential, Grant, GrantRef, Hash, NewCredential } from '@oauth2-kit/core'
import type { ChainableCommander, Redis } from 'ioredis'

// The commands of the store's scripts, as a program would send them in one pipeline. They lack the
// checks that need an intermediate reply, so they are not safe, and what a script does in one of eight
// calls.

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
  const keys = keysOf(prefix, grant)
  if (registered) pipeline.getrange(`${prefix}:c:${clientId}`, 0, registered.version.length)
  const others = registered ? [keys.grant, `${prefix}:{u}:d:${userId}`] : [keys.grant]
  const fields = { c: clientId, i: createdAt, d: data, n: id, u: String(userId) }
  const last = add(pipeline, prefix, grant, credentials, fields, others)
  for (const index of keys.indexes) {
    pipeline.pttl(index)
    pipeline.zadd(index, 'GT', last, id)
    pipeline.pexpireat(index, last)
  }
  return pipeline.exec()
}

/** Writes the successors and the redemption mark. */
export function redeemByHand(
  client: Redis,
  prefix: string,
  { hash, grant }: Credential,
  successors: NewCredential[],
): Promise<unknown> {
  const pipeline = client.pipeline()
  const keys = keysOf(prefix, grant)
  const [own, next] = [fieldOf(hash), fieldOf(successors[0]!.hash)]
  pipeline.hmget(keys.grant, 'd', 'w', 'z', own)
  pipeline.zscore(keys.members, hash)
  const last = add(pipeline, prefix, grant, successors, { [own]: next, [next]: hash })
  // The first successor ends later than the grant did.
  for (const index of keys.indexes) {
    pipeline.zadd(index, 'XX', 'GT', last, grant.id)
    pipeline.zrange(index, '-1', '-1', 'WITHSCORES')
    pipeline.pexpireat(index, last)
  }
  return pipeline.exec()
}

/**
 * Adds the credentials, and fields of the grant. Asks first whether their keys and the others exist.
 * Returns when the last of them is removed.
 */
function add(
  pipeline: ChainableCommander,
  prefix: string,
  grant: GrantRef,
  credentials: NewCredential[],
  fields: Readonly<Record<string, string | number>>,
  others: string[] = [],
): number {
  const { grant: key, members } = keysOf(prefix, grant)
  const keyOf = ({ hash }: NewCredential) => `${prefix}:t:${hash}`
  const last = Math.max(...credentials.map(endOf))
  pipeline.exists(...others, ...credentials.map(keyOf))
  for (const one of credentials) pipeline.set(keyOf(one), textOf(one, grant), 'PXAT', endOf(one))
  pipeline.zadd(members, ...credentials.flatMap((one) => [endOf(one), one.hash]))
  pipeline.hset(key, { z: `${last} ${last}`, ...fields })
  for (const own of [key, members]) pipeline.pexpireat(own, last)
  return last
}

function keysOf(prefix: string, { id, clientId, userId }: GrantRef) {
  return {
    grant: `${prefix}:g:{${id}}`,
    members: `${prefix}:m:{${id}}`,
    indexes: [`${prefix}:gc:${clientId}`, `${prefix}:gu:${userId}`],
  }
}

function fieldOf(hash: Hash): string {
  return hash.slice(0, 32)
}

function textOf({ kind, createdAt, expiresAt, data }: NewCredential, grant: GrantRef): string {
  const times = `${createdAt.toString(36)} ${expiresAt!.toString(36)}`
  return `${kind[0]}${times} ${grant.id} ${grant.clientId} ${grant.userId}\n${data}`
}

function endOf({ kind, expiresAt }: NewCredential): number {
  return expiresAt! + (kind === 'answer' ? slackMs : retentionMs)
}

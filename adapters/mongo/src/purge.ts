import type { AnyBulkWriteOperation } from 'mongodb'
import type { Collections } from './collections'
import { remove } from './pipeline'
import { dateOf } from './rows'
import type { CredentialRow, GrantDocument } from './schema'

/** What `purge` did. */
export interface Purged {
  deleted: number
  /** Whether there is more that may go. */
  more: boolean
}

const grantsAtOnce = 500

/**
 * Removes up to `limit` credentials and remembered keys that expired before that time (milliseconds
 * since the epoch), and a grant with the last of its credentials. The TTL indexes remove whole
 * grants by themselves; this also takes what has expired in a grant that lives.
 */
export async function purge(
  collections: Collections,
  before: number,
  limit: number,
): Promise<Purged> {
  const credentials = await purgeCredentials(collections, before, limit)
  if (credentials.more) return credentials
  const keys = await purgeKeys(collections, before, limit - credentials.deleted)
  return { deleted: credentials.deleted + keys.deleted, more: keys.more }
}

async function purgeCredentials(
  { grants }: Collections,
  before: number,
  limit: number,
): Promise<Purged> {
  const purged: Purged = { deleted: 0, more: false }
  let writes: AnyBulkWriteOperation<GrantDocument>[] = []

  async function write(): Promise<void> {
    if (writes.length > 0) await grants.bulkWrite(writes, { ordered: false })
    writes = []
  }

  const found = grants
    .find({ nextExpiry: { $lt: before } }, { projection: { credentials: 1 } })
    .sort({ nextExpiry: 1 })
  for await (const { _id, credentials } of found) {
    const past = credentials.filter(({ keepUntil }) => keepUntil !== null && keepUntil < before)
    const gone = past.slice(0, limit - purged.deleted)
    purged.more = gone.length < past.length
    if (gone.length > 0) writes.push(without(_id, gone, credentials, before))
    purged.deleted += gone.length
    if (purged.more) break
    if (writes.length >= grantsAtOnce) await write()
  }
  await write()
  return purged
}

function without(
  _id: string,
  gone: CredentialRow[],
  all: CredentialRow[],
  before: number,
): AnyBulkWriteOperation<GrantDocument> {
  if (gone.length < all.length) {
    return { updateOne: { filter: { _id }, update: remove(gone.map(({ hash }) => hash)) } }
  }
  // Unless something has come meanwhile that lives.
  return { deleteOne: { filter: { _id, expiresAt: { $lt: dateOf(before) } } } }
}

async function purgeKeys({ keys }: Collections, before: number, limit: number): Promise<Purged> {
  const past = { expiresAt: { $lt: dateOf(before)! } }
  const found = await keys
    .find(past, { projection: { _id: 1 } })
    .limit(limit + 1)
    .map(({ _id }) => _id)
    .toArray()
  const gone = found.slice(0, limit)
  if (gone.length > 0) await keys.deleteMany({ ...past, _id: { $in: gone } })
  return { deleted: gone.length, more: found.length > limit }
}

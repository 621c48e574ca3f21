import type { PurgeBefore } from '@oauth2-kit/core'
import type { AnyBulkWriteOperation, Collection, Filter } from 'mongodb'
import type { Collections } from './collections'
import { remove } from './pipeline'
import { dateOf } from './rows'
import type { CredentialRow, GrantDocument } from './schema'

/** The result of `purge`. */
export interface Purged {
  deleted: number
  /** Whether there are more entries to remove. */
  more: boolean
}

const grantsAtOnce = 500

/**
 * Removes up to `limit` entries that expired before those times (milliseconds since the epoch). A
 * grant is removed with its last credential. The TTL indexes remove whole documents by themselves;
 * this function also removes expired credentials of a grant that still exists.
 */
export async function purge(
  collections: Collections,
  { credentials, shortLived }: PurgeBefore,
  limit: number,
): Promise<Purged> {
  const { answers, records, users } = collections
  const past = { $lt: dateOf(shortLived) }
  const steps = [
    (left: number) => purgeCredentials(collections, credentials, left),
    (left: number) => purgeDocuments(answers, { removeAt: past }, left),
    (left: number) => purgeDocuments(records, { expiresAt: past }, left),
    (left: number) => purgeDocuments(users, { deletedUntil: past }, left),
  ]
  let deleted = 0
  for (const step of steps) {
    const purged = await step(limit - deleted)
    deleted += purged.deleted
    if (purged.more) return { deleted, more: true }
  }
  return { deleted, more: false }
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
    .find({ nextExpiry: { $lt: before } }, { projection: { credentials: 1, expiresAt: 1 } })
    .sort({ nextExpiry: 1 })
  for await (const { _id, credentials, expiresAt } of found) {
    const isOver = expiresAt !== null && expiresAt < dateOf(before)
    const past = credentials.filter((row) => row.expiresAt !== null && row.expiresAt < before)
    // Redeemed credentials of this grant in other documents expire later, and the list must not be
    // empty, so keep one.
    if (past.length === credentials.length && !isOver) past.pop()
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
  // The filter fails if a credential that has not expired was added since then.
  return { deleteOne: { filter: { _id, expiresAt: { $lt: dateOf(before) } } } }
}

/** Removes whole documents. */
async function purgeDocuments<T extends { _id: unknown }>(
  collection: Collection<T>,
  past: object,
  limit: number,
): Promise<Purged> {
  const found = await collection
    .find(past as Filter<T>, { projection: { _id: 1 } })
    .limit(limit + 1)
    .map(({ _id }) => _id as unknown)
    .toArray()
  const gone = found.slice(0, limit)
  if (gone.length > 0) await collection.deleteMany({ ...past, _id: { $in: gone } } as Filter<T>)
  return { deleted: gone.length, more: found.length > limit }
}

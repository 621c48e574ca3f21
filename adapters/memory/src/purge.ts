import type { PurgeBefore } from '@oauth2-kit/core'
import type { Content } from './content'
import { wholeBuckets } from './expiry-index'
import { newSlice, pause } from './slices'

/**
 * Removes up to `limit` entries that expired before those times. Works in slices, so that requests
 * can run in between.
 */
export async function purge(
  content: Content,
  before: PurgeBefore,
  limit: number,
): Promise<{ deleted: number; more: boolean }> {
  let deleted = 0
  for (;;) {
    const slice = purgeSlice(content, before, limit - deleted)
    deleted += slice.deleted
    if (slice.isComplete) return { deleted, more: slice.more }
    await pause()
  }
}

/**
 * Rounds the times down to the boundary of a bucket. Up to a boundary, expired entries are found
 * without a search.
 */
export function roughly({ rows }: Content, before: PurgeBefore): PurgeBefore {
  const floor = (time: number) => rows.toAbsolute(wholeBuckets(rows.toRelative(time)))
  return { credentials: floor(before.credentials), shortLived: floor(before.shortLived) }
}

function purgeSlice(content: Content, before: PurgeBefore, limit: number) {
  const isOver = newSlice()
  let deleted = 0
  for (const remove of expired(content, before)) {
    if (deleted >= limit) return { deleted, isComplete: true, more: true }
    remove()
    deleted++
    if (isOver()) return { deleted, isComplete: false, more: true }
  }
  return { deleted, isComplete: true, more: false }
}

/** Yields a function for each expired entry that removes the entry. */
function* expired(content: Content, before: PurgeBefore): Generator<() => void> {
  const { grants, records, deletedUsers, rows } = content
  const shortLived = rows.toRelative(before.shortLived)
  for (const answer of grants.expiringAnswers.expired(shortLived)) yield () => grants.remove(answer)
  for (const { key } of records.expiring.expired(shortLived)) yield () => records.delete(key)
  for (const { key } of deletedUsers.expiring.expired(shortLived)) {
    yield () => deletedUsers.delete(key)
  }
  for (const credential of grants.expiring.expired(rows.toRelative(before.credentials))) {
    yield () => grants.remove(credential)
  }
}

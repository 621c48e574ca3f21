import type { Client, PurgeBefore, Selector, User } from '@oauth2-kit/core'
import { wholeBuckets } from './expiry-index'
import type { DeletedUser, KeptGrant, KeptRecord } from './kept'
import { Ordered } from './ordered'
import type { Stretch } from './owned-grants'
import { rows } from './rows'
import { newSlice, pause } from './slices'
import { Grants, Keyed } from './tables'

/** The data of a memory store, for its internal modules. */
export interface Content {
  readonly grants: Grants
  readonly clients: Ordered<Client>
  readonly users: Ordered<User>
  readonly deletedUsers: Keyed<DeletedUser>
  readonly records: Keyed<KeptRecord>
  readonly rows: ReturnType<typeof rows>
}

/**
 * Returns the content of an empty store. Times are kept relative to `base` (milliseconds since the
 * epoch).
 */
export function newContent(base: number): Content {
  return {
    grants: new Grants(),
    clients: new Ordered(),
    users: new Ordered(),
    deletedUsers: new Keyed(),
    records: new Keyed(),
    rows: rows(base),
  }
}

/**
 * Reads up to `count` grants of an owner after that sequence number, and returns those that match
 * the selector.
 */
export function grantsAfter(
  { grants }: Content,
  selector: Selector,
  sequence: number,
  count: number,
): Stretch {
  if ('grantId' in selector) {
    const grant = grants.byId.get(selector.grantId)
    return { grants: grant && grant.sequence > sequence ? [grant] : [], next: null }
  }
  if (!('userId' in selector)) return grants.byClient.after(selector.clientId, sequence, count)
  const { userId, clientId } = selector
  const ofUser = grants.byUser.after(userId, sequence, count)
  if (clientId === undefined) return ofUser
  return { ...ofUser, grants: ofUser.grants.filter((grant) => grant.clientId === clientId) }
}

const revokedAtOnce = 100

/**
 * Revokes the grants of the selector whose sequence number is below `before`. Returns how many were
 * revoked. Other calls may run between two steps of the generator.
 */
export function* revoke(
  content: Content,
  selector: Selector,
  before: number,
): Generator<void, number> {
  let revoked = 0
  for (let after: number | null = 0; after !== null;) {
    const stretch = grantsAfter(content, selector, after, revokedAtOnce)
    for (const grant of stretch.grants) {
      if (grant.sequence >= before) return revoked
      if (!isKept(grant)) continue
      revoked++
      yield* content.grants.revoke(grant)
    }
    after = stretch.next
    yield
  }
  return revoked
}

function isKept(grant: KeptGrant): boolean {
  return grant.newest !== null
}

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

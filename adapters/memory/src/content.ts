import type { Client, Selector, User } from '@oauth2-kit/core'
import type { DeletedUser, KeptGrant, KeptRecord } from './schema'
import { Ordered } from './ordered'
import type { Stretch } from './owned-grants'
import { rows } from './rows'
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

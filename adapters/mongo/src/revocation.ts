import type { Selector } from '@oauth2-kit/core'
import type { Filter } from 'mongodb'
import type { Collections } from './collections'
import { isText } from './errors'
import type { GrantDocument } from './schema'

const grantsAtOnce = 1000

/** Revokes grants, in batches if there are many. Resolves with their number. */
export async function revoke(collections: Collections, selector: Selector): Promise<number> {
  const filter = filterOf(selector)
  if (!filter) return 0
  if ('grantId' in selector) return revokeOne(collections, selector.grantId)
  const { grants } = collections
  let revoked = 0
  for (;;) {
    const found = await grants
      .find(filter, { projection: { beside: 1 } })
      .limit(grantsAtOnce)
      .toArray()
    const ids = found.map(({ _id }) => _id)
    if (ids.length === 0) return revoked
    const { deletedCount } = await grants.deleteMany({ _id: { $in: ids } })
    revoked += deletedCount
    await removeBeside(collections, found)
    if (ids.length < grantsAtOnce) return revoked
  }
}

/** Returns the filter for the grants of a selector; `null` = none, because an id is not text. */
export function filterOf(selector: Selector): Filter<GrantDocument> | null {
  if ('grantId' in selector) return isText(selector.grantId) ? { _id: selector.grantId } : null
  if (!('userId' in selector)) {
    return isText(selector.clientId) ? { clientId: selector.clientId } : null
  }
  const { userId, clientId } = selector
  if (!isText(userId)) return null
  if (clientId === undefined) return { userId }
  return isText(clientId) ? { userId, clientId } : null
}

async function revokeOne(collections: Collections, grantId: string): Promise<number> {
  const { grants } = collections
  const found = await grants.findOneAndDelete({ _id: grantId }, { projection: { beside: 1 } })
  if (!found) return 0
  await removeBeside(collections, [found])
  return 1
}

/**
 * Removes the documents beside grants that are gone. While a grant exists, its moved credentials
 * are needed to detect a replay. They are found only through the grant, so they can be removed
 * after it.
 */
async function removeBeside(
  { past }: Collections,
  revoked: Pick<GrantDocument, '_id' | 'beside'>[],
): Promise<void> {
  const ids = revoked.filter(({ beside }) => beside).map(({ _id }) => _id)
  if (ids.length > 0) await past.deleteMany({ grantId: { $in: ids } })
}

import type { Selector } from '@oauth2-kit/core'
import type { Filter } from 'mongodb'
import type { Collections } from './collections'
import { isText } from './errors'
import type { GrantDocument } from './schema'

const grantsAtOnce = 1000

/** Revokes grants, many of them in batches. Returns how many there were. */
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

/** The grants of a selector; `null` = none, because what it asks for is not text. */
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
 * Removes what stands beside grants that are gone: what has moved, while there is a grant, is needed
 * to notice a replay. Whether anything of it is found is up to the grant.
 */
async function removeBeside(
  { past }: Collections,
  revoked: Pick<GrantDocument, '_id' | 'beside'>[],
): Promise<void> {
  const ids = revoked.filter(({ beside }) => beside).map(({ _id }) => _id)
  if (ids.length > 0) await past.deleteMany({ grantId: { $in: ids } })
}

import type { GrantPage, Page, Selector, Store } from '@oauth2-kit/core'
import type { Filter, Sort } from 'mongodb'
import type { Collections } from './collections'
import { rangesBehind } from './pages'
import * as pipeline from './pipeline'
import { toGrant } from './rows'
import type { GrantDocument } from './schema'

const grantsAtOnce = 1000

/** The methods that revoke and list grants. */
export function grantMethods(
  collections: () => Collections | Promise<Collections>,
): Pick<Store, 'revoke' | 'revokeAccessToken' | 'listGrants'> {
  return {
    revoke: async (selector) => revoke(await collections(), selector),

    async revokeAccessToken(hash) {
      const { grants } = await collections()
      const after = await grants.findOneAndUpdate(
        { credentials: { $elemMatch: { hash, kind: 'access' } } },
        pipeline.revoke(hash),
        { projection: { credentials: { $slice: 2 } }, returnDocument: 'after' },
      )
      // If this was the last credential of a grant, remove the grant as well.
      if (after?.credentials.length !== 1 || !after.credentials[0]?.revoked) return
      await grants.deleteOne({
        _id: after._id,
        credentials: { $size: 1 },
        'credentials.0.revoked': true,
        pastUntil: { $exists: false },
      })
    },

    listGrants: async (selector, page) => listGrants(await collections(), selector, page),
  }
}

/** Revokes grants, in batches if there are many. Resolves with their number. */
export async function revoke(collections: Collections, selector: Selector): Promise<number> {
  if ('grantId' in selector) return revokeOne(collections, selector.grantId)
  const filter = filterOf(selector)
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

/** Returns the filter for the grants of a selector. */
function filterOf(selector: Selector): Filter<GrantDocument> {
  if ('grantId' in selector) return { _id: selector.grantId }
  const { clientId } = selector
  if (!('userId' in selector)) return { clientId }
  const { userId } = selector
  return clientId === undefined ? { userId } : { userId, clientId }
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

/** Resolves with a page of grants in the order of an index: by client, then by id. */
async function listGrants(
  { grants }: Collections,
  selector: Selector,
  { after, limit }: Page,
): Promise<GrantPage> {
  // MongoDB takes a limit of 0 for no limit.
  if (limit < 1) return { grants: [], next: null }
  const sort: Sort = 'grantId' in selector ? { _id: 1 } : { clientId: 1, _id: 1 }
  const found: GrantDocument[] = []
  // Each range of the index has its own query: with one query for both, MongoDB would read all
  // preceding entries.
  for (const range of after === undefined ? [{}] : rangesBehind(after)) {
    if (found.length > limit) break
    const query = { $and: [filterOf(selector), range] }
    const options = { projection: { credentials: 0 }, sort, limit: limit + 1 - found.length }
    found.push(...(await grants.find(query, options).toArray()))
  }
  const page = found.slice(0, limit)
  const last = page.at(-1)
  return {
    grants: page.map(toGrant),
    next: found.length > limit && last ? JSON.stringify([last.clientId, last._id]) : null,
  }
}

import type { GrantPage, Page, Selector } from '@oauth2-kit/core'
import type { Filter, Sort } from 'mongodb'
import type { Collections } from './collections'
import { isText } from './errors'
import { filterOf } from './revocation'
import { toGrant } from './rows'
import type { GrantDocument } from './schema'

/** Resolves with a page of grants in the order of an index: by client, then by id. */
export async function listGrants(
  { grants }: Collections,
  selector: Selector,
  { after, limit }: Page,
): Promise<GrantPage> {
  const filter = filterOf(selector)
  // MongoDB takes a limit of 0 for no limit.
  if (!filter || limit < 1) return { grants: [], next: null }
  const sort: Sort = 'grantId' in selector ? { _id: 1 } : { clientId: 1, _id: 1 }
  const found: GrantDocument[] = []
  // Each range of the index has its own query: with one query for both, MongoDB would read all
  // preceding entries.
  for (const range of isText(after) ? rangesBehind(after) : [{}]) {
    if (found.length > limit) break
    const query = { $and: [filter, range] }
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

/**
 * Returns the ranges after a grant in this order, or none if the text is not a `next` of this
 * store.
 */
function rangesBehind(after: string): Filter<GrantDocument>[] {
  const [clientId, _id] = parsed(after)
  if (!isText(clientId) || !isText(_id)) return []
  return [{ clientId, _id: { $gt: _id } }, { clientId: { $gt: clientId } }]
}

function parsed(after: string): unknown[] {
  try {
    const value: unknown = JSON.parse(after)
    return Array.isArray(value) ? value : []
  } catch {
    return []
  }
}

/** Returns the filter for the entries of a page in a list that is ordered by id. */
export function behindId({ after }: Page): { _id?: { $gt: string } } {
  return isText(after) ? { _id: { $gt: after } } : {}
}

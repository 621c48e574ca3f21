import type { GrantPage, Page, Selector } from '@oauth2-kit/core'
import type { Filter, Sort } from 'mongodb'
import type { Collections } from './collections'
import { isText } from './errors'
import { filterOf } from './revocation'
import { toGrant } from './rows'
import type { GrantDocument } from './schema'

/** A page of grants, in the order of an index: by client, and by id. */
export async function listGrants(
  { grants }: Collections,
  selector: Selector,
  { after, limit }: Page,
): Promise<GrantPage> {
  const filter = filterOf(selector)
  // To MongoDB a limit of 0 is none.
  if (!filter || limit < 1) return { grants: [], next: null }
  const sort: Sort = 'grantId' in selector ? { _id: 1 } : { clientId: 1, _id: 1 }
  const found: GrantDocument[] = []
  // One query for each range of the index: for both at once MongoDB reads all that comes before.
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

/** What comes behind a grant, in this order; nothing behind text that is not a `next` of this store. */
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

/** Which entries of a list in the order of their ids belong to a page. */
export function behindId({ after }: Page): { _id?: { $gt: string } } {
  return isText(after) ? { _id: { $gt: after } } : {}
}

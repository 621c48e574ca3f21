import { isKey } from '@oauth2-kit/core/store-kit'
import type { Page } from '@oauth2-kit/core'
import type { Filter } from 'mongodb'
import type { GrantDocument } from './schema'

/**
 * Returns the ranges after a grant in this order, or none if the text is not a `next` of this
 * store.
 */
export function rangesBehind(after: string): Filter<GrantDocument>[] {
  const [clientId, _id] = parsed(after)
  if (!isKey(clientId) || !isKey(_id)) return []
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
  return after === undefined ? {} : { _id: { $gt: after } }
}

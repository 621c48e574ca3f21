import type { IndexDescription, IndexDescriptionInfo } from 'mongodb'
import type { Collections } from './collections'
import type { Names } from './options'
import { indexesOf } from './schema'

/** The kinds of collections. */
export const kinds = ['grants', 'clients', 'users', 'records'] as const satisfies (keyof Names)[]

const namespaceNotFound = 26

/** The index that every collection has. Creating it creates the collection. */
const ofIds: IndexDescription = { key: { _id: 1 } }

/**
 * Creates missing collections and indexes, and updates the time of the TTL indexes if the retention
 * has changed. Drops no index, and ignores indexes of the application. Rejects if an index of the
 * store exists with other options.
 */
export async function createIndexes(
  collections: Collections,
  retentionSeconds: number,
): Promise<void> {
  const wanted = indexesOf(retentionSeconds)
  for (const kind of kinds) {
    const { [kind]: collection, db } = collections
    const existing = await indexesIn(collections, kind)
    // So that a collection without other indexes exists before the first writes too. They may come at
    // the same time, or in a transaction.
    const missing: IndexDescription[] = existing.length === 0 ? [ofIds] : []
    for (const index of wanted[kind]) {
      const difference = differenceOf(index, existing)
      if (difference === 'expireAfterSeconds') {
        const { key: keyPattern, expireAfterSeconds } = index
        await db.command({
          collMod: collection.collectionName,
          index: { keyPattern, expireAfterSeconds },
        })
      } else if (difference) {
        missing.push(index)
      }
    }
    if (missing.length > 0) await collection.createIndexes(missing)
  }
}

/** Options that exclude documents from an index or compare them in another way. */
const partial = ['partialFilterExpression', 'collation', 'hidden'] as const

/** How an existing index differs from the wanted one. */
export type Difference =
  | 'missing'
  | 'unique'
  | 'not unique'
  | 'no TTL'
  | 'sparse'
  | 'not sparse'
  | 'expireAfterSeconds'
  | (typeof partial)[number]

/** Returns how the existing index differs from the wanted one, or `null` if it does not. */
export function differenceOf(
  wanted: IndexDescription,
  existing: IndexDescriptionInfo[],
): Difference | null {
  const found = existingOf(wanted, existing)
  if (!found) return 'missing'
  if (found.unique && !wanted.unique) return 'unique'
  if (!found.unique && wanted.unique) return 'not unique'
  if (found.sparse && !wanted.sparse) return 'sparse'
  if (!found.sparse && wanted.sparse) return 'not sparse'
  const { expireAfterSeconds } = found
  if (expireAfterSeconds !== wanted.expireAfterSeconds) {
    return expireAfterSeconds === undefined ? 'no TTL' : 'expireAfterSeconds'
  }
  return partial.find((option) => found[option]) ?? null
}

/** Returns the existing index on the same fields in the same order, if there is one. */
export function existingOf(
  { key }: IndexDescription,
  existing: IndexDescriptionInfo[],
): IndexDescriptionInfo | undefined {
  const text = JSON.stringify(key)
  return existing.find((index) => JSON.stringify(index.key) === text)
}

/** Resolves with the indexes of a collection: none if the collection does not exist yet. */
export async function indexesIn(
  collections: Collections,
  kind: keyof Names,
): Promise<IndexDescriptionInfo[]> {
  try {
    return await collections[kind].indexes()
  } catch (error) {
    if ((error as { code?: unknown }).code === namespaceNotFound) return []
    throw error
  }
}

import type { Page } from '@oauth2-kit/core'
import type { Database } from './database'

/**
 * Resolves with a page of the entries whose ids are in a sorted set. `get` reads entries by their
 * ids, with `null` for an entry that does not exist.
 */
export async function listed<T>(
  { send }: Database,
  ids: string,
  { after, limit }: Page,
  get: (ids: string[]) => Promise<(T | null)[]>,
): Promise<T[]> {
  const found: T[] = []
  let from = after === undefined ? '-' : `(${after}`
  while (found.length < limit) {
    const page = ['BYLEX', 'LIMIT', 0, limit - found.length]
    const some = await send<string[]>('zrange', ids, from, '+', ...page)
    const last = some.at(-1)
    if (last === undefined) break
    found.push(...(await get(some)).filter((one) => one !== null))
    from = `(${last}`
  }
  return found
}

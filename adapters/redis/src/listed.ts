import type { Page } from '@oauth2-kit/core'
import type { Connection } from './connection'

/**
 * Resolves with a page of the entries whose ids are in a sorted set. `get` reads entries by their
 * ids; `null` = the entry does not exist.
 */
export async function listed<T>(
  { send }: Connection,
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

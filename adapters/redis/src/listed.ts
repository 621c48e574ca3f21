import type { Page } from '@oauth2-kit/core'
import type { Connection } from './connection'

/** A page of what has its ids in a sorted set; `get` returns what is there of some of them. */
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

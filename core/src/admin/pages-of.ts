import { readOptions } from '../options/read-options'
import type { Page } from '../contract/store'
import { type ListOptions, listRules } from './admin-options'

/**
 * All entries of a list in the order of their ids, fetched `pageSize` at a time. Throws a TypeError
 * for a wrong option of the function that lists them.
 */
export async function* pagesOf<T extends { id: string }>(
  list: (page: Page) => Promise<T[]>,
  options: ListOptions,
  of: string,
): AsyncGenerator<T, void, undefined> {
  const { pageSize } = readOptions(options, listRules, { of, defaults: { pageSize: 100 } })
  let after: string | undefined
  do {
    const page = await list({ ...(after !== undefined && { after }), limit: pageSize })
    yield* page
    after = page.length < pageSize ? undefined : page.at(-1)?.id
  } while (after !== undefined)
}

import { readOptions } from '../options/read-options'
import type { Page } from '../contract/store'
import { type ListOptions, listRules } from './admin-options'

/**
 * Yields all entries of a list in the order of their ids. Each query fetches `pageSize` entries.
 * Throws an OptionError if an option is wrong. `of` is the function that the error names.
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

import type { Page } from '../store/contract'

/** All entries of a list in the order of their ids, fetched `pageSize` at a time. */
export async function* pagesOf<T extends { id: string }>(
  list: (page: Page) => Promise<T[]>,
  pageSize: number,
): AsyncGenerator<T, void, undefined> {
  if (!Number.isInteger(pageSize) || pageSize < 1)
    throw new TypeError('"pageSize" must be a whole number, 1 or more')
  let after: string | undefined
  do {
    // oxlint-disable-next-line no-await-in-loop -- a page begins where the one before it ended
    const page = await list({ ...(after !== undefined && { after }), limit: pageSize })
    yield* page
    after = page.length < pageSize ? undefined : page.at(-1)?.id
  } while (after !== undefined)
}

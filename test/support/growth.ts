/**
 * Whether the tests fill databases with thousands of entries, and make thousands of random calls:
 * only `npm run test:growth` does. This takes minutes, and few changes can break it on one database
 * only.
 */
export const growthRun = process.env['OAUTH2_TEST_GROWTH'] !== undefined

/** Whether the tests run that are slow and that few changes can break: `npm run test:all` does. */
export const allRun = process.env['OAUTH2_TEST_ALL'] !== undefined

/** Returns what other runs are limited to. `npm run test:all` has no limit. */
export function unlessAll<Limit>(limit: Limit): Limit | undefined {
  return allRun ? undefined : limit
}

/** The cases that other runs leave out on a database. The memory store runs them every time. */
export const growthCases: readonly string[] = growthRun
  ? []
  : ['growth', 'budget.growth', 'budget.index', 'fuzz', 'life.connections', '*.many']

/** The number of rounds of a test that repeats a race: all of them only in a growth run. */
export function roundsOf(all: number): number {
  return growthRun ? all : Math.ceil(all / 3)
}

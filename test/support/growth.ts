/**
 * Whether the tests fill databases with thousands of entries, as `npm run test:growth` does. It takes
 * minutes, and hardly any change can break it on one database only.
 */
export const growthRun = process.env['OAUTH2_TEST_GROWTH'] !== undefined

/** What the suite leaves out on a database otherwise; with the memory store it runs every time. */
export const growthCases: readonly string[] = growthRun
  ? []
  : ['growth', 'budget.growth', 'revoke.many']

import { type DatabaseName, isRequired } from './names'
import { missing, type TestDatabase, testDatabase } from './test-database'

type Describe = (title: string, define: () => void) => unknown

/** The functions of Jest, Vitest, node:test or Mocha that are used here. */
interface Runner {
  readonly describe: Describe & { readonly skip: Describe }
  readonly it: (title: string, test: () => void) => unknown
}

/**
 * A `describe` for tests that need a database. If it is missing, the tests are skipped and a
 * message on stderr says so; if `OAUTH2_TEST_REQUIRE` names it, they fail instead.
 */
export function describeDatabase(
  name: DatabaseName,
  define: (database: TestDatabase) => void,
  { describe, it }: Runner = globalThis as unknown as Runner,
): void {
  const error = missing(name)
  if (!error) {
    describe(name, () => define(testDatabase(name)))
  } else if (isRequired(name)) {
    describe(name, () => {
      it('is available, because OAUTH2_TEST_REQUIRE names it', () => {
        throw error
      })
    })
  } else {
    process.stderr.write(`\n  *** SKIPPED: every test on ${name}. ***\n  ${error.message}\n\n`)
    describe.skip(name, () => define(testDatabase(name)))
  }
}

/** The names of the test databases. */
export const databaseNames = [
  'postgres',
  'mariadb',
  'mongodb',
  'mongodb-replica',
  'redis',
  'redis-cluster',
] as const

/**
 * `mongodb` is a standalone server, `mongodb-replica` a replica set of three, and `redis-cluster`
 * has three masters with one replica each.
 */
export type DatabaseName = (typeof databaseNames)[number]

/** Returns the name of the environment variable with the URL of an existing database. */
export function urlVariable(name: DatabaseName): string {
  return `OAUTH2_TEST_${name.toUpperCase().replace('-', '_')}_URL`
}

/**
 * Returns whether tests must fail without this database, or without `python` or a `browser`:
 * `OAUTH2_TEST_REQUIRE` is `all`, or a comma-separated list that contains it.
 */
export function isRequired(name: DatabaseName | 'browser' | 'python'): boolean {
  const required = (process.env.OAUTH2_TEST_REQUIRE ?? '').split(',').map((entry) => entry.trim())
  return required.includes('all') || required.includes(name)
}

/** A database that tests need is not available and can't be started. */
export class DatabaseMissing extends Error {
  override readonly name = 'DatabaseMissing'

  constructor(
    readonly database: DatabaseName,
    reason: string,
  ) {
    super(`"${database}" is missing: ${urlVariable(database)} is not set, and ${reason}`)
  }
}

/** The databases that tests ask for, by name. */
export const databaseNames = [
  'postgres',
  'mariadb',
  'mongodb',
  'mongodb-replica',
  'redis',
  'redis-cluster',
] as const

/**
 * `mongodb` is a standalone server, `mongodb-replica` a replica set of three, `redis-cluster` has
 * three masters with a replica each.
 */
export type DatabaseName = (typeof databaseNames)[number]

/** The environment variable that names a database which is already there. */
export function urlVariable(name: DatabaseName): string {
  return `OAUTH2_TEST_${name.toUpperCase().replace('-', '_')}_URL`
}

/** Whether `OAUTH2_TEST_REQUIRE` (`all`, or names between commas) makes the lack of it a failure. */
export function isRequired(name: DatabaseName): boolean {
  const required = (process.env.OAUTH2_TEST_REQUIRE ?? '').split(',').map((entry) => entry.trim())
  return required.includes('all') || required.includes(name)
}

/** A database that tests ask for is not there, and can't be started. */
export class DatabaseMissing extends Error {
  override readonly name = 'DatabaseMissing'

  constructor(
    readonly database: DatabaseName,
    reason: string,
  ) {
    super(`"${database}" is missing: ${urlVariable(database)} is not set, and ${reason}`)
  }
}

import postgres4 from 'postgres'
import postgres3 from 'postgres3'

/** Postgres.js with the types of version 3: tests use only what both versions have. */
export type PostgresJs = typeof postgres3

/** Returns version 4 with the types of version 3. */
export function asVersion3(postgres: typeof postgres4): PostgresJs {
  return postgres as unknown as PostgresJs
}

/** The major versions of Postgres.js. */
export const postgresJs = [
  { version: 3, postgres: postgres3 },
  { version: 4, postgres: asVersion3(postgres4) },
]

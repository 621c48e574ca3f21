import postgres4 from 'postgres'
import postgres3 from 'postgres3'

/** The major versions of Postgres.js, with the types of version 3: tests use only what both have. */
export const postgresJs = [
  { version: 3, postgres: postgres3 },
  { version: 4, postgres: postgres4 as unknown as typeof postgres3 },
]

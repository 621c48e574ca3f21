import { type SqlStore, postgresStore } from '@oauth2-kit/sql/postgres'
import postgres from 'postgres'
import type { Binding } from '../binding'
import { type PostgresJs, asVersion3 } from '../postgres-js'

export const binding: Binding = onPostgresJs('postgres', asVersion3(postgres))

/** Returns the binding on a version of Postgres.js, with options for connections of that patience. */
export function onPostgresJs(
  name: string,
  open: PostgresJs,
  optionsFor: (patience: number) => object = () => ({}),
): Binding {
  return {
    name,
    engines: ['postgres'],
    prepares: true,

    async open(url, _engine, patience) {
      const sql = open(url, {
        max: 4,
        connect_timeout: Math.ceil(patience / 1000),
        // By default, it waits longer after each attempt to connect.
        backoff: () => 0.1,
        onnotice: () => {},
        ...optionsFor(patience),
      })
      return {
        storeOn: (options): SqlStore => postgresStore(sql, { timeout: patience, ...options }),

        async transaction(work) {
          let result: Awaited<ReturnType<typeof work>>
          await sql.begin(async (own) => {
            result = await work((options) => postgresStore(own, options))
          })
          return result!
        },

        close: () => sql.end({ timeout: 1 }),
      }
    },
  }
}

import { type SqlStore, postgresStore } from '@oauth2-kit/sql/postgres'
import postgres from 'postgres'
import type { Binding } from '../binding'

export const binding: Binding = {
  name: 'postgres',
  engines: ['postgres'],
  prepares: true,

  async open(url, _engine, patience) {
    const sql = postgres(url, {
      max: 4,
      connect_timeout: Math.ceil(patience / 1000),
      // By default, it waits longer after each attempt to connect.
      backoff: () => 0.1,
      onnotice: () => {},
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

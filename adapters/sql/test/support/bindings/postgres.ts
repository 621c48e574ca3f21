import { connect } from 'node:net'
import { type SqlStore, postgresStore } from '@oauth2-kit/sql/postgres'
import postgres from 'postgres'
import type { Binding } from '../binding'

/** The types of Postgres.js lack the option `socket`, which its documentation describes. */
type Options = postgres.Options<Record<string, never>>

function socketsThatEnd(after: number) {
  return ({ host: [host], port: [port] }: { host: string[]; port: number[] }) =>
    new Promise((resolve, reject) => {
      const socket = connect(port!, host)
      socket.setTimeout(after, () => socket.destroy())
      socket.once('error', reject).once('connect', () => resolve(socket))
    })
}

export const binding: Binding = {
  name: 'postgres',
  engines: ['postgres'],

  async open(url, _engine, patience) {
    const sql = postgres(url, {
      max: 4,
      connect_timeout: Math.ceil(patience / 1000),
      onnotice: () => {},
      // Postgres.js waits forever on a connection that is dead.
      socket: socketsThatEnd(patience),
    } as Options)
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

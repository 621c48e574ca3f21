import { Socket } from 'node:net'
import { type SqlStore, postgresStore } from '@oauth2-kit/sql/postgres'
import postgres from 'postgres'
import type { Binding } from '../binding'

/** The types of Postgres.js lack the option `socket`, which its documentation describes. */
type Options = postgres.Options<Record<string, never>>

/** A socket that ends after a time without data, also if its listeners are removed for TLS. */
class BoundedSocket extends Socket {
  override emit(event: string | symbol, ...values: never[]): boolean {
    if (event === 'timeout') this.destroy()
    return super.emit(event as string, ...values)
  }
}

/** Returns what opens sockets that end after a time without an answer. */
function socketsThatEnd(after: number) {
  return ({ host: [host], port: [port] }: { host: string[]; port: number[] }) =>
    Object.assign(new BoundedSocket(), { host }).setTimeout(after).connect(port!, host!)
}

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

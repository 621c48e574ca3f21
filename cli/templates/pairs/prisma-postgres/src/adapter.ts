import { PrismaPg } from '@prisma/adapter-pg'
import pg from 'pg'
import { url } from './database.js'

/** Returns the driver of Prisma's client. */
export function createAdapter() {
  const pool = new pg.Pool({
    connectionString: url,
    // Milliseconds. Together they equal the core's timeout, after which the response is a 503.
    connectionTimeoutMillis: 2000,
    query_timeout: 3_000,
  })
  // Prisma does not yet listen for errors of a new connection, and one would end the process.
  pool.on('connect', (connection) => connection.on('error', () => {}))
  return new PrismaPg(pool, { disposeExternalPool: true })
}

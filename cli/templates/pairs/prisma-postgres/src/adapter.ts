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
  // Prisma listens to a connection only while it uses it. One that is lost before would end the process.
  pool.on('connect', (connection) => connection.on('error', () => {}))
  return new PrismaPg(pool, { disposeExternalPool: true })
}

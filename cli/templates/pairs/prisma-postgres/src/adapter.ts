import { PrismaPg } from '@prisma/adapter-pg'
import { url } from './database.js'

/** Returns the driver of Prisma's client. */
export function createAdapter() {
  return new PrismaPg({
    connectionString: url,
    // Milliseconds. Together they equal the core's timeout, after which the response is a 503.
    connectionTimeoutMillis: 2000,
    query_timeout: 3_000,
  })
}

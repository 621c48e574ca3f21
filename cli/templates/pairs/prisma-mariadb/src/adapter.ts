import { PrismaMariaDb } from '@prisma/adapter-mariadb'
import { account } from './connect.js'

/** Returns the driver of Prisma's client. */
export function createAdapter() {
  return new PrismaMariaDb({
    ...account(),
    // Milliseconds. The last two together equal the core's timeout, after which the response is a
    // 503.
    connectTimeout: 2000,
    acquireTimeout: 2000,
    socketTimeout: 3_000,
  })
}

import { PrismaMariaDb } from '@prisma/adapter-mariadb'
import { account } from './connect.js'

/** Returns the driver of Prisma's client. */
export function createAdapter() {
  return new PrismaMariaDb({
    ...account(),
    // Set while it connects: the driver doesn't handle a failure of the statement that it saves.
    collation: 'UTF8MB4_UNICODE_CI',
    // Milliseconds. The last two together equal the core's timeout, after which the response is a
    // 503.
    connectTimeout: 2000,
    acquireTimeout: 2000,
    socketTimeout: 3_000,
  })
}

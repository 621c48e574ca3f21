import { PrismaLibSql } from '@prisma/adapter-libsql'
import { url } from './database.js'

/** Returns the driver of Prisma's client. */
export function createAdapter() {
  return new PrismaLibSql({
    url,
    // How long a write waits for a write of another process, in milliseconds. It equals the core's
    // timeout, after which the response is a 503.
    timeout: 5000,
  })
}

import { prismaStore } from '@oauth2-kit/prisma'
import { PrismaPg } from '@prisma/adapter-pg'
import { setting } from './config.js'
import { PrismaClient } from './generated/client.js'

/** Opens the store. `close` releases it. */
export default async function openStore() {
  const adapter = new PrismaPg({
    connectionString: setting('DATABASE_URL', 'postgres://localhost:5432/oauth'),
    // Timeouts in milliseconds. They equal the core's timeout, after which the response is a 503.
    connectionTimeoutMillis: 5000,
    query_timeout: 5000,
  })
  const prisma = new PrismaClient({ adapter })
  return { store: prismaStore(prisma), close: () => prisma.$disconnect() }
}

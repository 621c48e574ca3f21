import { prismaStore } from '@oauth2-kit/prisma'
import { PrismaPg } from '@prisma/adapter-pg'
import { setting } from './config.js'
import { PrismaClient } from './generated/client.js'

/** The store, ready for use, and how to let go of it. */
export default async function openStore() {
  const adapter = new PrismaPg({
    connectionString: setting('DATABASE_URL', 'postgres://localhost:5432/oauth'),
    // Milliseconds, as long as the core waits: then the answer is a 503.
    connectionTimeoutMillis: 5000,
    query_timeout: 5000,
  })
  const prisma = new PrismaClient({ adapter })
  return { store: prismaStore(prisma), close: () => prisma.$disconnect() }
}

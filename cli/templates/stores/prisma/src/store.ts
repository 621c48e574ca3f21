import { prismaStore } from '@oauth2-kit/prisma'
import { createAdapter } from './adapter.js'
import { connect } from './connect.js'
import { explained } from './database.js'
import { PrismaClient } from './generated/client.js'
import type { OpenStore } from './setting.js'

/** Fails if one of the tables is missing, and reads nothing. */
const readTables =
  'SELECT 1 FROM oauth_credentials, oauth_clients, oauth_users, oauth_records WHERE 1 = 0'

/** Opens the store. `close` releases it. */
export default async function openStore(): Promise<OpenStore> {
  await assertTables()
  const prisma = new PrismaClient({ adapter: createAdapter() })
  return { store: prismaStore(prisma), close: () => prisma.$disconnect() }
}

/** Asks the driver, because Prisma's errors don't always say whether the password is wrong. */
async function assertTables(): Promise<void> {
  try {
    await using connection = await connect()
    await connection.query(readTables)
  } catch (error) {
    throw explained(error)
  }
}

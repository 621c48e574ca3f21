import { type PrismaClientWith, prismaStore } from '@oauth2-kit/prisma'
import { PrismaLibSql } from '@prisma/adapter-libsql'
import { type Config, ConfigurationError } from '../config'
import type { OpenStore } from './index'

/** What `prisma generate` makes of `prisma/`: no part of the repository. */
type GeneratedClient = PrismaClientWith<'oAuthCredential', 'oAuthClient', 'oAuthUser'> & {
  $disconnect(): Promise<void>
}

/** A SQLite file through Prisma. Another database is another adapter, and provider in the schema. */
export async function prisma({ databaseUrl }: Config): Promise<OpenStore> {
  const PrismaClient = generatedClient()
  const url = databaseUrl ?? 'file:provider.db'
  // The milliseconds that a write waits for one of another process.
  const client = new PrismaClient({ adapter: new PrismaLibSql({ url, timeout: 1000 }) })
  const store = prismaStore(client)
  const [finding] = await store.check().catch((cause: Error) => {
    throw new ConfigurationError(`DATABASE_URL: ${cause.message}`, { cause })
  })
  if (finding) throw new ConfigurationError(`DATABASE_URL: ${finding.problem}. ${finding.mend}`)
  return { store, close: () => client.$disconnect() }
}

function generatedClient(): new (options: { adapter: PrismaLibSql }) => GeneratedClient {
  try {
    // oxlint-disable-next-line typescript/no-unsafe-return
    return require('../generated/prisma/client').PrismaClient
  } catch (cause) {
    const message =
      'STORE=prisma has no client yet: start with "npm start", or run prisma/prepare.cjs'
    throw new ConfigurationError(message, { cause })
  }
}

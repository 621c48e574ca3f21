import { type PrismaClientWith, prismaStore } from '@oauth2-kit/prisma'
import { PrismaLibSql } from '@prisma/adapter-libsql'
import { PrismaPg } from '@prisma/adapter-pg'
import { type Config, ConfigurationError } from '../config'
import type { OpenStore } from './index'

/** What `prisma generate` makes of `prisma/`: no part of the repository. */
type GeneratedClient = PrismaClientWith<'oAuthCredential', 'oAuthClient', 'oAuthUser'> & {
  $disconnect(): Promise<void>
}

type Provider = 'postgresql' | 'sqlite'

/** PostgreSQL or a SQLite file through Prisma: an adapter each, and provider in the schema. */
export async function prisma({
  databaseUrl: url = 'file:provider.db',
}: Config): Promise<OpenStore> {
  const provider = /^postgres(ql)?:/.test(url) ? 'postgresql' : 'sqlite'
  const PrismaClient = generatedClient(provider)
  const client = new PrismaClient({ adapter: adapterOf(provider, url) })
  const store = prismaStore(client)
  const [finding] = await store.check().catch((cause: Error) => {
    throw new ConfigurationError(`DATABASE_URL: ${cause.message}`, { cause })
  })
  if (finding) throw new ConfigurationError(`DATABASE_URL: ${finding.problem}. ${finding.fix}`)
  return { store, close: () => client.$disconnect() }
}

function adapterOf(provider: Provider, url: string): PrismaPg | PrismaLibSql {
  return provider === 'postgresql'
    ? new PrismaPg({ connectionString: url, connectionTimeoutMillis: 2000, query_timeout: 2000 })
    : // The milliseconds that a write waits for one of another process.
      new PrismaLibSql({ url, timeout: 1000 })
}

function generatedClient(
  provider: Provider,
): new (options: { adapter: PrismaPg | PrismaLibSql }) => GeneratedClient {
  try {
    // oxlint-disable-next-line typescript/no-unsafe-return
    return require(`../generated/${provider}/client`).PrismaClient
  } catch (cause) {
    const message =
      'STORE=prisma has no client yet: start with "npm start", or run prisma/prepare.cjs'
    throw new ConfigurationError(message, { cause })
  }
}

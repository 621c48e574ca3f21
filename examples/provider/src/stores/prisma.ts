import { type PrismaClientWith, prismaStore } from '@oauth2-kit/prisma'
import { PrismaLibSql } from '@prisma/adapter-libsql'
import { PrismaPg } from '@prisma/adapter-pg'
import { type Config, ConfigurationError } from '../config'
import type { OpenStore } from './index'

/** The client that `prisma generate` generates from `prisma/`. It is not in the repository. */
type GeneratedClient = PrismaClientWith<'oAuthCredential', 'oAuthClient', 'oAuthUser'> & {
  $disconnect(): Promise<void>
}

type Provider = 'postgresql' | 'sqlite'

/** PostgreSQL or a SQLite file through Prisma. Each has its own driver adapter and schema. */
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
    : // How long a write waits for a write of another process, in milliseconds.
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
      'STORE=prisma has no generated client: start with "npm start", or run prisma/prepare.cjs'
    throw new ConfigurationError(message, { cause })
  }
}

import { type PrismaClientWith, prismaStore } from '@oauth2-kit/prisma'
import { PrismaLibSql } from '@prisma/adapter-libsql'
import { PrismaPg } from '@prisma/adapter-pg'
import { Pool } from 'pg'
import type { Config } from '../config.js'
import { ConfigurationError } from '../provider/environment.js'
import type { OpenStore } from '../provider/setting.js'

/** The client that `prisma generate` generates from `prisma/`. It is not in the repository. */
type GeneratedClient = PrismaClientWith<'oAuthCredential', 'oAuthClient', 'oAuthUser'> & {
  $disconnect(): Promise<void>
}

type Provider = 'postgresql' | 'sqlite'

/** PostgreSQL or a SQLite file through Prisma. Each has its own driver adapter and schema. */
export async function prisma({
  databaseUrl: url = 'file:provider.db',
  driverTimeout,
}: Config): Promise<OpenStore> {
  const provider = /^postgres(ql)?:/.test(url) ? 'postgresql' : 'sqlite'
  const PrismaClient = generatedClient(provider)
  const client = new PrismaClient({ adapter: adapterOf(provider, url, driverTimeout) })
  const store = prismaStore(client)
  const [finding] = await store.check().catch((cause: Error) => {
    throw new ConfigurationError(`DATABASE_URL: ${cause.message}`, { cause })
  })
  if (finding) throw new ConfigurationError(`DATABASE_URL: ${finding.problem}. ${finding.fix}`)
  return { store, close: () => client.$disconnect() }
}

function adapterOf(
  provider: Provider,
  connectionString: string,
  timeout: number,
): PrismaPg | PrismaLibSql {
  if (provider === 'postgresql')
    return new PrismaPg(poolOf(connectionString, timeout), { disposeExternalPool: true })
  // The timeout is how long a write waits for a write of another process.
  return new PrismaLibSql({ url: connectionString, timeout: timeout / 2 })
}

function poolOf(connectionString: string, timeout: number): Pool {
  const pool = new Pool({
    connectionString,
    connectionTimeoutMillis: timeout,
    query_timeout: timeout,
  })
  // Prisma does not yet listen for errors of a new connection, and one would end the process.
  pool.on('connect', (connection) => connection.on('error', () => {}))
  return pool
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

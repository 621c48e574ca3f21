import { type Wire, openWire } from '@oauth2-kit/conformance'
import type { Database } from './databases/database'
import { Provider, makeTables } from './provider'
import type { Target } from './targets'

/** The defaults of the core and of the provider. */
export const limits = { deadlineMs: 5_000, graceMs: 10_000 }

/** The same for all processes, because a token is bound to its issuer. */
const issuer = 'http://localhost:4001'

/** Providers that run on a database. */
export interface Stage {
  target: Target
  database: Database
  wire: Wire | null
  providers: readonly Provider[]
  /**
   * The environment of a process that opens the store directly, bypassing the providers and the
   * proxy.
   */
  direct: Record<string, string>
}

/** The options of a stage. */
export interface StageOptions {
  /** Whether there is a proxy between the providers and the database. */
  wire?: boolean
  /** Additional environment variables of the providers. */
  environment?: Record<string, string>
}

/** Starts providers on a database, runs `happens`, and stops everything. */
export async function onStage<T>(
  target: Target,
  database: Database,
  { wire: hasWire, environment: more }: StageOptions,
  happens: (stage: Stage) => Promise<T>,
): Promise<T> {
  const wire = hasWire ? await openWire(database.url(0)) : null
  const providers: Provider[] = []
  try {
    const common = { ISSUER: issuer, ...target.environment, ...more }
    const direct = { ...common, DATABASE_URL: database.url(0) }
    if (target.environment.STORE === 'prisma') await makeTables(direct)
    for (let n = 0; n < target.providers; n++) {
      const environment = { ...common, DATABASE_URL: wire?.url ?? database.url(n) }
      providers.push(await Provider.start(environment))
    }
    return await happens({ target, database, wire, providers, direct })
  } finally {
    await Promise.all(providers.map((provider) => provider.stop()))
    await wire?.close()
  }
}

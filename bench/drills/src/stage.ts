import { type Wire, openWire } from '@oauth2-kit/conformance'
import type { Database } from './databases/database'
import { Provider, makeTables } from './provider'
import type { Target } from './targets'

/** As the core's and the provider's defaults have it. */
export const limits = { deadlineMs: 5_000, graceMs: 10_000 }

/** One for all processes: a token is for that. */
const issuer = 'http://localhost:4001'

/** Providers that run on a database. */
export interface Stage {
  target: Target
  database: Database
  wire: Wire | null
  providers: readonly Provider[]
  /** What a process is told that opens the store past the providers and the wire. */
  direct: Record<string, string>
}

/** What a stage is like. */
export interface StageOptions {
  /** Whether there is a wire between the providers and the database. */
  wire?: boolean
  /** What the providers are told beside. */
  environment?: Record<string, string>
}

/** Sets up providers on a database, lets something happen there, and clears all of it away. */
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

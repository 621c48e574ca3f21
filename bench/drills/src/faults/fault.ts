import type { Wire } from '@oauth2-kit/conformance'
import type { Act } from '../accounts'
import type { Database } from '../databases/database'
import type { Account } from '../load/account'
import type { Operation } from '../log'
import type { Provider } from '../provider'
import type { Ability } from '../targets'

/** What a fault can reach. */
export interface Scene {
  database: Database
  providers: readonly Provider[]
  /** Between the providers and their database, where the fault asks for one. */
  wire: Wire | null
  /** Tells the audit of a clock that is ahead from now on. */
  stepped: (provider: number, aheadMs: number) => void
  /** The accounts of the load, where the fault asks for them. */
  accounts: readonly Account[]
  /** Changes one of them: resolves once that was acknowledged, and the load knows. */
  change: (account: Account, operation: Operation, act: Act) => Promise<void>
}

/** Something that breaks, and how it is fixed. */
export interface Fault {
  name: string
  /** What happens, in one sentence. */
  what: string
  /** What a target must have, for this to happen to it. */
  needs: readonly Ability[]
  /** How long it stays broken, in milliseconds. */
  lastsMs: number
  /** How many accounts the load has that may be changed. @default none: it has that of the demo */
  accounts?: number
  /** Whether every client has a code when it begins, to be exchanged at once. @default false */
  holdsCodes?: boolean
  /** What the provider is told beside. */
  environment?: Record<string, string>
  break: (scene: Scene) => Promise<void>
  /** Resolves once the cause is gone: from then on the service has five seconds. */
  fix: (scene: Scene) => Promise<void>
}

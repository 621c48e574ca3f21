import type { Wire } from '@oauth2-kit/conformance'
import type { Act } from '../accounts'
import type { Database } from '../databases/database'
import type { Account } from '../load/account'
import type { Operation } from '../log'
import type { Provider } from '../provider'
import type { Ability } from '../targets'

/** What a fault can act on. */
export interface Scene {
  database: Database
  providers: readonly Provider[]
  /** The proxy between the providers and their database, if the fault needs it. */
  wire: Wire | null
  /** Records for the audit that a provider's clock is ahead from now on. */
  stepped: (provider: number, aheadMs: number) => void
  /** The accounts of the load, if the fault needs them. */
  accounts: readonly Account[]
  /** Changes one of them. Resolves when the change was acknowledged and the load was informed. */
  change: (account: Account, operation: Operation, act: Act) => Promise<void>
}

/** Something that breaks, and how it is fixed. */
export interface Fault {
  name: string
  /** What happens, in one sentence. */
  what: string
  /** The abilities that a target needs for this fault. */
  needs: readonly Ability[]
  /** How long it stays broken, in milliseconds. */
  lastsMs: number
  /** The number of accounts that the harness can change. @default none: the load uses the demo's */
  accounts?: number
  /**
   * Whether every client gets a code before the fault, and exchanges it once the fault has begun.
   * @default false
   */
  holdsCodes?: boolean
  /** Additional environment variables of the provider. */
  environment?: Record<string, string>
  break: (scene: Scene) => Promise<void>
  /** Resolves when the cause is gone. After that, the service has five seconds to recover. */
  fix: (scene: Scene) => Promise<void>
}

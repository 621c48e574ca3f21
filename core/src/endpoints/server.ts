import type { OAuth2Error } from '../errors'
import type { Emit } from '../events'
import type { Settings } from '../options/server-options'
import type { Limited } from '../security/limiter'
import type { Port } from '../store/port'

/** What every endpoint works with. */
export interface Server {
  readonly settings: Settings
  readonly port: Port
  readonly emit: Emit
  /** Looks at secrets and passwords. */
  readonly limited: Limited
  /** Tells the `debug` option about an error that was answered. */
  report(error: OAuth2Error): void
  /**
   * What was thrown, if it is an OAuth 2 error; else one that says no more than that something
   * failed.
   */
  asOAuth2Error(thrown: unknown): OAuth2Error
}

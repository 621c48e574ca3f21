import type { Limiter } from '@oauth2-kit/core'
import type { Config } from './config'
import type { UserStore } from './stores'

/** The settings and services that all parts of the provider use. */
export interface Setting {
  config: Config
  /** The URL of this provider. */
  issuer: string
  store: UserStore
  /** Limits wrong secrets and passwords. Undefined means no limit. */
  limiter?: Limiter
}

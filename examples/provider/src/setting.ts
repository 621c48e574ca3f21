import type { Limiter } from '@oauth2-kit/core'
import type { Config } from './config'
import type { UserStore } from './stores'

/** What the parts of the provider are made from. */
export interface Setting {
  config: Config
  /** The URL of this provider. */
  issuer: string
  store: UserStore
  /** Of wrong secrets and passwords; left out = none. */
  limiter?: Limiter
}
